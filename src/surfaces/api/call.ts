import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Caller } from '#src/domain/api-keys/api-keys.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { callerOf } from './authentication.ts';
import { type Json, type JsonBody, readJson, readJsonBody, readRaw, streamRaw } from './json-body.ts';

const UUID_OR_UID = /^[A-Za-z0-9_.-]{1,128}$/;

/** One authenticated request, as a route sees it. */
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

  /** For the answer, whatever it will be: also an error. */
  setHeader(name: string, value: string): void {
    this.#res.setHeader(name, value);
  }

  /** Those whose names begin with `prefix`, by what follows it. */
  headersAfter(prefix: string): Record<string, string> {
    const found = Object.entries(this.#req.headers).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), String(value)]));
  }

  /** The public address without the query; in our spelling, when the caller used a quirk. */
  get address(): string {
    return this.#origin + this.path;
  }

  get path(): string {
    return this.#req.baseUrl + this.#req.path;
  }

  /** Read here, because an application may have switched Express' own reading off. */
  get query(): URLSearchParams {
    const { originalUrl } = this.#req;
    const start = originalUrl.indexOf('?');
    return new URLSearchParams(start === -1 ? '' : originalUrl.slice(start + 1));
  }

  /** An id or uid out of the path. What can be neither names nothing, and must not reach the database. */
  id(name: string): string {
    const value = String(this.#req.params[name]);
    if (UUID_OR_UID.test(value)) return value;
    throw new NotFound(`There is nothing with the id ${JSON.stringify(value.slice(0, 128))}.`);
  }

  /** Any JSON, not only an object. */
  async json(limits: { limitMegabytes: number }): Promise<Json> {
    return this.#note(await readJson(this.#req, limits));
  }

  /** Anything, as it came. */
  async bytes(): Promise<Buffer> {
    return (this.#sent = await readRaw(this.#req));
  }

  /** Anything, as it comes: for what is too much to be held. */
  async *stream(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    for await (const chunk of streamRaw(this.#req)) {
      hash.update(chunk);
      yield chunk;
    }
    this.#streamed = hash.digest('base64');
  }

  /** Of a body that was streamed, to its end: its SHA-256. */
  get streamed(): string | undefined {
    return this.#streamed;
  }

  async body(): Promise<JsonBody> {
    return this.#note(await readJsonBody(this.#req));
  }

  /** The body as it came, once it was read. */
  get sent(): string | Buffer {
    return this.#sent;
  }

  #note<T extends Json>(json: T): T {
    this.#sent = json.text;
    return json;
  }

  /** Out of the query; a parameter without a value counts as absent, because Ruby's client sends those. */
  parameters(): Record<string, string> {
    return Object.fromEntries([...this.query].filter(([, value]) => value !== ''));
  }
}
