import { isUtf8 } from 'node:buffer';
import type { HookHelper } from '../../hook-helpers/hook-helper.ts';
import type { ReceivedRequest } from '../../hook-helpers/hook-helpers.ts';
import { presentHeaders } from './headers.ts';

export function presentHookHelper(helper: HookHelper, origin: string) {
  return {
    id: helper.id,
    label: helper.label,
    url: `${origin}/r/${helper.token}`,
    endpoint_id: helper.endpointId ?? null,
    created_at: helper.createdAt,
  };
}

/** A body that is no text is given in base64. */
export function presentReceivedRequest(request: ReceivedRequest) {
  const encoding = isUtf8(request.body) ? 'utf8' : 'base64';
  return {
    id: request.id,
    method: request.method,
    path: request.path,
    headers: presentHeaders(request.headers),
    body: request.body.toString(encoding),
    body_encoding: encoding,
    created_at: request.receivedAt,
  };
}
