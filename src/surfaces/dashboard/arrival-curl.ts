import { isUtf8 } from 'node:buffer';
import type { ReceivedRequest } from '#src/domain/hook-helpers/received-requests.ts';
import { curlOfRequest } from '#src/surfaces/html/curl-of-request.ts';

/** Headers that curl or the connection makes by itself. */
const MADE_ANEW = new Set([
  ...['accept-encoding', 'connection', 'content-length', 'cookie', 'expect', 'host', 'keep-alive'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'via', 'x-request-id'],
]);
const FROM_PROXY = /^(?:x-forwarded-|x-request-start$|forwarded$)/;

/** A curl command that sends a request again as it came; null where its body is no text, or a long one. */
export function arrivalCurl(
  { method, path, headers, body }: ReceivedRequest,
  address: string,
): string | null {
  if (!isUtf8(body)) return null;
  const sent = headers.filter(([name]) => !MADE_ANEW.has(name.toLowerCase()));
  const { command, readsFile } = curlOfRequest({
    method,
    url: path === '/' ? address : `${address}${path}`,
    headers: sent.filter(([name]) => !FROM_PROXY.test(name.toLowerCase())),
    body: body.length === 0 ? null : body.toString('utf8'),
    bodyFile: 'body',
  });
  return readsFile ? null : command;
}
