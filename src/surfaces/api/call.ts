import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Caller } from '#src/domain/api-keys/api-keys.ts';
import { anyUid, isUid } from '#src/domain/uid-schema.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { callerOf } from './authentication.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import { type Json, type JsonBody, readJson, readJsonBody, readRaw, streamRaw } from './json-body.ts';

/** One authenticated request, as an operation sees it. */
export class Call {
  readonly #req: Request;
  readonly #res: Response;
  readonly #origin: string;
  #sent: string | Buffer = '';
  #streamed: string | undefined;

  constructor(req: Request, res: Response, origin: string) {
    this.#req = req;
    this.#res = res;
    this.#origin = origin;
  }

  get caller(): Caller {
    return callerOf(this.#res);
  }

  get accountId(): string {
    return this.caller.accountId;
  }

  get method(): string {
    return this.#req.method;
  }

  header(name: string): string | undefined {
    const value = this.#req.headers[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** Sets a header of the answer, also where the answer is an error. */
  setHeader(name: string, value: string): void {
    this.#res.setHeader(name, value);
  }

  /** Request headers whose names begin with `prefix`, by the rest of the name. */
  headersAfter(prefix: string): Record<string, string> {
    const found = Object.entries(this.#req.headers).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), String(value)]));
  }

  /** The public address without the query. An address of a quirk is shown as the one that it stands for. */
  get address(): string {
    return this.#origin + this.path;
  }

  get path(): string {
    return this.#req.baseUrl + this.#req.path;
  }

  /** The query, parsed here so that it does not depend on Express' setting `query parser`. */
  get query(): URLSearchParams {
    const { originalUrl } = this.#req;
    const start = originalUrl.indexOf('?');
    return new URLSearchParams(start === -1 ? '' : originalUrl.slice(start + 1));
  }

  /** An id or uid from the path. Throws NotFound for text that is neither, because PostgreSQL would raise on it. */
  id(name: string): string {
    const value = String(this.#req.params[name]);
    if (isUid(value)) return value;
    throw new NotFound(`There is nothing with the id ${JSON.stringify(value.slice(0, 128))}.`);
  }

  /** Whether the path has such a part. */
  names(part: string): boolean {
    return part in this.#req.params;
  }

  /** The uid in the path of a PUT, which may become that of a new object. Throws InvalidInput for what is none. */
  uid(name: string): string {
    return parseInput(z.strictObject({ uid: anyUid }), { uid: String(this.#req.params[name]) }).uid;
  }

  /** The body as any JSON, not only an object. Throws as {@link readJson} does. */
  async json(limits: { limitMegabytes: number }): Promise<Json> {
    return this.#note(await readJson(this.#req, limits));
  }

  /** The body's bytes, at most 1 MB. */
  async bytes(): Promise<Buffer> {
    return (this.#sent = await readRaw(this.#req));
  }

  /** The body in chunks as they arrive, for bodies that are too large for memory. */
  async *stream(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    for await (const chunk of streamRaw(this.#req)) {
      hash.update(chunk);
      yield chunk;
    }
    this.#streamed = hash.digest('base64');
  }

  /** SHA-256 (base64) of a streamed body; undefined until {@link stream} has reached its end. */
  get streamed(): string | undefined {
    return this.#streamed;
  }

  /** The body as a JSON object. Throws InvalidInput for other JSON. */
  async body(): Promise<JsonBody> {
    return this.#note(await readJsonBody(this.#req));
  }

  /** The body as it was received; empty until it was read. */
  get sent(): string | Buffer {
    return this.#sent;
  }

  #note<T extends Json>(json: T): T {
    this.#sent = json.text;
    return json;
  }

  /** The parameters of these names. One without a value counts as absent, because the Ruby client sends those. */
  parameters(names: string[]): Record<string, string> {
    return Object.fromEntries(
      [...this.query].filter(([name, value]) => value !== '' && names.includes(name)),
    );
  }

  /** Whether a body follows the headers (RFC 9112, section 6.3). */
  get hasBody(): boolean {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = this.#req.headers;
    return coding !== undefined || length !== '0';
  }
}
