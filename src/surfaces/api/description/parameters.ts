import { anyUid } from '#src/domain/uid-schema.ts';
import type { OpenApiParameter } from '#src/infra/lib/openapi.ts';
import { type Operation, querySchemasOf } from '#src/surfaces/api/operation.ts';
import { EXAMPLE_ID } from '#src/surfaces/api/presenters/shape.ts';
import { createSchemas, type Schemas } from './schemas.ts';

/** Path parameters by name. `hasUid`: the parameter also accepts the caller's own `uid`. */
const PARTS: Record<string, { description: string; hasUid?: boolean }> = {
  app: { description: 'The app, by its id or your `uid`.', hasUid: true },
  subscription: { description: 'The subscription, by its id or your `uid`.', hasUid: true },
  endpoint: { description: 'The endpoint, by its id or your `uid`.', hasUid: true },
  event: { description: 'The webhook event.' },
  issue: { description: 'The issue.' },
  message: { description: 'The message.' },
  evidence_link: { description: 'The evidence link.' },
  attempt: { description: 'The webhook attempt.' },
  request: { description: 'The call of the API.' },
  replay: { description: 'The replay.' },
  app_replay: { description: 'The replay by filter.' },
  helper: { description: 'The Hook Helper.' },
  invitation: { description: 'The invitation.' },
  transformation: { description: 'The transformation.' },
  member: { description: 'The person of the team.' },
  key: { description: 'The API key, by its id.' },
  webhook_replay: { description: 'The replay of what that endpoint missed.' },
  webhook_endpoint: { description: 'The endpoint that hears of your account.' },
};

const UID = createSchemas().of(anyUid.meta({ examples: [EXAMPLE_ID] }));
const ID = { type: 'string', format: 'uuid', examples: [EXAMPLE_ID] };

export function pathParameters(path: string): OpenApiParameter[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`Nothing is said about :${name} in ${path}`);
    return {
      name,
      in: 'path',
      required: true,
      description: part.description,
      schema: part.hasUid === true ? UID : ID,
    };
  });
}

/** The header parameter of idempotent operations. */
export const idempotencyKey: OpenApiParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Drawn by you for this request: sent again within 24 hours, it is not executed again, and gives its first answer. Another request with the same key is refused (422), and one that comes while the first is executed is to wait (409).',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

export function queryParameters(operation: Operation, schemas: Schemas): OpenApiParameter[] {
  return querySchemasOf(operation).flatMap((schema) => {
    const { properties = {}, required = [] } = schemas.of(schema);
    return Object.entries(properties).map(([name, { description = '', ...property }]) => ({
      name,
      in: 'query' as const,
      required: required.includes(name),
      description,
      schema: property,
    }));
  });
}
