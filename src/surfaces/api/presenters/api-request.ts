import { z } from 'zod';
import type { ApiRequest } from '#src/domain/api-requests/api-request.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import { EXAMPLE_ID, id, named, time } from './shape.ts';

const listed = z.object({
  id: id(),
  method: z.string().meta({ examples: ['POST'] }),
  path: z
    .string()
    .meta({ description: 'With the query; what may be a secret is hidden.', examples: ['/api/v1/apps'] }),
  operation: z
    .string()
    .nullable()
    .meta({ description: 'Of this description; null: none has this address.', examples: ['postMessage'] }),
  status: z.int().meta({ description: 'The HTTP status of the answer.', examples: [422] }),
  code: z.string().nullable().describe('Of the error; null of a request that was not refused.'),
  message: z.string().nullable().describe('What the error said.'),
  details: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .describe('What was wrong, and where; the first 20.'),
  event_type: z.string().nullable().describe('Of a message.'),
  event_id: z.string().nullable().describe('Of a message.'),
  api_key: z.object({
    id: z.string().meta({ examples: [EXAMPLE_ID] }),
    name: z.string().nullable().describe('Null once it is no longer listed.'),
  }),
  request_id: z.string().describe('The `x-request-id` of the answer.'),
  client_address: z.string().meta({ examples: ['192.0.2.10'] }),
  user_agent: z.string().nullable(),
  content_type: z.string().nullable(),
  duration_ms: z.int(),
  body_bytes: z.int().nullable().describe('The length of the body, as far as it is known.'),
  unlisted: z.int().describe('How many like it, of the time around it, are counted here and not listed.'),
  created_at: time('When it was answered.'),
});

export const apiRequestShape = named(
  'ApiRequest',
  'A call of the API that was refused, or one of a sample of the others. It holds no key.',
  listed,
);

export const oneApiRequestShape = named(
  'ApiRequestWithBody',
  'A call of the API, with what is kept of its body.',
  listed.extend({
    body: z
      .string()
      .nullable()
      .describe(
        'Of a message that was refused, the first 4 KB; null of any other, which might hold a secret.',
      ),
  }),
);

export function presentApiRequest(request: ApiRequest): z.output<typeof apiRequestShape> {
  return {
    id: request.id,
    method: request.method,
    path: request.path,
    operation: request.operation,
    status: request.status,
    code: request.code,
    message: request.message,
    details: request.details,
    event_type: request.eventType,
    event_id: request.eventId,
    api_key: { id: request.apiKeyId, name: request.apiKeyName },
    request_id: request.requestId,
    client_address: request.clientAddress,
    user_agent: request.userAgent,
    content_type: request.contentType,
    duration_ms: request.durationMs,
    body_bytes: request.bodyBytes,
    unlisted: request.unlisted,
    created_at: new Date(timeOfId(request.id)),
  };
}

export const presentOneApiRequest = (request: ApiRequest): z.output<typeof oneApiRequestShape> => ({
  ...presentApiRequest(request),
  body: request.body,
});
