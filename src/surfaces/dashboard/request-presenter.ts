import { type ApiRequest, isRefused } from '#src/domain/api-requests/api-request.ts';
import { whatToDo } from '#src/domain/api-requests/what-to-do.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import type { Badge } from '#src/surfaces/html/badges.ts';
import { curlOfRequest } from '#src/surfaces/html/curl-of-request.ts';
import { payloadOf } from '#src/surfaces/html/payload-view.ts';

export const requestRow = (request: ApiRequest) => ({
  href: `/requests/${request.id}`,
  at: new Date(timeOfId(request.id)),
  method: request.method,
  path: request.path.replace('/api/v1', ''),
  badge: badgeOf(request),
  code: request.code,
  message: request.message,
  eventType: request.eventType,
  eventId: request.eventId,
  key: request.apiKeyName,
  unlisted: request.unlisted,
  like: isRefused(request) ? 'like it' : 'accepted since the one before',
});

export const requestModel = (request: ApiRequest, baseUrl: string) => ({
  ...requestRow(request),
  path: request.path,
  isRefused: isRefused(request),
  status: request.status,
  advice: whatToDo(request),
  details: request.details,
  requestId: request.requestId,
  address: request.clientAddress,
  userAgent: request.userAgent,
  contentType: request.contentType,
  durationMs: request.durationMs,
  bodyBytes: request.bodyBytes,
  body: request.body === null ? null : payloadOf(request.body),
  isCut: isCut(request),
  curl: curlOf(request, baseUrl),
});

function badgeOf(request: ApiRequest): Badge {
  const { status } = request;
  const tone = !isRefused(request) ? 'success' : status >= 500 || status === 429 ? 'warning' : 'danger';
  return { tone, label: isRefused(request) ? `Refused, ${String(status)}` : `Accepted, ${String(status)}` };
}

const isCut = ({ body, bodyBytes }: ApiRequest): boolean =>
  body !== null && Buffer.byteLength(body) < (bodyBytes ?? 0);

/** The request as a command, with the key from the environment; null where the body is cut, or too long for one. */
function curlOf(request: ApiRequest, baseUrl: string): string | null {
  if (isCut(request)) return null;
  const { method, path, contentType, body } = request;
  const { command, readsFile } = curlOfRequest({
    method,
    url: baseUrl + path,
    headers: contentType === null ? [] : [['Content-Type', contentType]],
    body,
    bodyFile: 'body',
    tokenVariable: 'HOSTEDHOOKS_API_KEY',
  });
  return readsFile ? null : command;
}
