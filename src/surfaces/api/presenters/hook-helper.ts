import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import type { ReceivedRequest } from '#src/domain/hook-helpers/hook-helpers.ts';
import { presentHeaders } from './headers.ts';
import { createdAt, headersShape, id, named, time } from './shape.ts';

export const hookHelperShape = named(
  'HookHelper',
  'A built-in receiver with a public address, to look at what arrives there.',
  z.object({
    id: id(),
    label: z.string().meta({ examples: ['Hook Helper'] }),
    url: z.string().describe('Takes any request.'),
    endpoint_id: id('The endpoint that it is linked to.').nullable(),
    created_at: createdAt,
  }),
);

export const receivedRequestShape = named(
  'ReceivedRequest',
  'A request that arrived at a Hook Helper.',
  z.object({
    id: id(),
    method: z.string().meta({ examples: ['POST'] }),
    path: z.string().describe('With the query, below the address of the Hook Helper.'),
    headers: headersShape('As they came.').nullable(),
    body: z.string(),
    body_encoding: z.enum(['utf8', 'base64']).describe('A body that is no text is given in base64.'),
    created_at: time('When it arrived.'),
  }),
);

export function presentHookHelper(helper: HookHelper, origin: string): z.output<typeof hookHelperShape> {
  return {
    id: helper.id,
    label: helper.label,
    url: `${origin}/r/${helper.token}`,
    endpoint_id: helper.endpointId ?? null,
    created_at: helper.createdAt,
  };
}

export function presentReceivedRequest(request: ReceivedRequest): z.output<typeof receivedRequestShape> {
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
