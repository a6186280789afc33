import type { Response } from 'express';

/** An operation's answer. `text` is a JSON text, `bytes` one that may be long, in UTF-8. */
export interface Answer {
  status: number;
  text?: string;
  bytes?: Buffer;
  headers?: Record<string, string>;
}

export const ok = (value: unknown): Answer => ({ status: 200, text: JSON.stringify(value) });
export const created = (value: unknown): Answer => ({ status: 201, text: JSON.stringify(value) });
export const noContent = (): Answer => ({ status: 204 });

/** Writes the answer with its length in one call, because Express' `send` hashes an ETag and checks for freshness. */
export function write(res: Response, { status, text, bytes, headers }: Answer): void {
  const body = bytes ?? text;
  if (body === undefined) {
    res.writeHead(status, headers).end();
    return;
  }
  res
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    .end(body);
}

/**
 * Returns `object`, whose first member is its id, as JSON with one more member. The member's value is given as a JSON
 * text, because a payload is shown byte for byte.
 */
export function withRawMember(
  { id, ...rest }: { id: string } & Record<string, unknown>,
  name: string,
  rawText: string,
): string {
  return `{"id":${JSON.stringify(id)},"${name}":${rawText},${JSON.stringify(rest).slice(1)}`;
}
