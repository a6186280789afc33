import { isUtf8 } from 'node:buffer';
import type { ReceivedRequest } from '#src/domain/hook-helpers/received-requests.ts';

/** Headers that curl or the connection makes by itself. */
const MADE_ANEW = new Set([
  ...['accept-encoding', 'connection', 'content-length', 'cookie', 'expect', 'host', 'keep-alive'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'via', 'x-request-id'],
]);
const FROM_PROXY = /^(?:x-forwarded-|x-request-start$|forwarded$)/;
/** Bytes of a body that a command shows. */
const MAX_SHOWN = 8 * 1024;

/** A curl command that sends a request again as it came; null where its body is no text, or a long one. */
export function arrivalCurl(
  { method, path, headers, body }: ReceivedRequest,
  address: string,
): string | null {
  if (!isUtf8(body) || body.includes(0) || body.length > MAX_SHOWN) return null;
  const sent = headers.filter(([name]) => !MADE_ANEW.has(name.toLowerCase()));
  const own = sent.filter(([name]) => !FROM_PROXY.test(name.toLowerCase()));
  const target = path === '/' ? address : `${address}${path}`;
  return [
    `curl -X ${method} ${quoted(target)}`,
    ...own.map(([name, value]) => `  -H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`),
    // Not --data-binary, which takes a body that begins with an @ for the name of a file.
    ...(body.length === 0 ? [] : [`  --data-raw ${quoted(body.toString('utf8'))}`]),
  ].join(' \\\n');
}

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
