import type { Response } from 'express';

/** What a route answers; `text` is JSON already. */
export interface Answer {
  status: number;
  text?: string;
  headers?: Record<string, string>;
}

export const ok = (value: unknown): Answer => ({ status: 200, text: JSON.stringify(value) });
export const created = (value: unknown): Answer => ({ status: 201, text: JSON.stringify(value) });
export const noContent = (): Answer => ({ status: 204 });

/** Written at once with its length: Express' `send` would hash an ETag and look at the request again. */
export function write(res: Response, { status, text, headers }: Answer): void {
  if (text === undefined) {
    res.writeHead(status, headers).end();
    return;
  }
  res
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      ...headers,
    })
    .end(text);
}

/**
 * `object`, which begins with its id, as JSON with one more member whose value is JSON text already: how a payload is
 * shown exactly as it was written.
 */
export function withRawMember(
  { id, ...rest }: { id: string } & Record<string, unknown>,
  name: string,
  rawText: string,
): string {
  return `{"id":${JSON.stringify(id)},"${name}":${rawText},${JSON.stringify(rest).slice(1)}`;
}
