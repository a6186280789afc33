import type { OpenApi, OpenApiOperation } from '#src/infra/lib/openapi.ts';
import { scopeOf } from '#src/surfaces/api/operation.ts';
import { refusalsOf } from '#src/surfaces/api/refusals.ts';
import type { DeclaredRoute } from '#src/surfaces/api/route-table.ts';
import { exampleOf } from './example.ts';
import { idempotencyKey, pathParameters, queryParameters } from './parameters.ts';
import { COMMON_REFUSALS, describeAnswer, describeRefusal } from './responses.ts';
import { createSchemas, type Schemas } from './schemas.ts';
import { tagOf, TAGS } from './tags.ts';

/** Builds the OpenAPI 3.1 document from the declarations that also validate the requests. */
export function describeApi(routes: DeclaredRoute[], origin: string): OpenApi {
  const schemas = createSchemas();
  const paths: OpenApi['paths'] = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = describeOperation(route, schemas);
  }
  const responses = Object.fromEntries(
    Object.entries(COMMON_REFUSALS).map(([name, { status, reason }]) => [
      name,
      describeRefusal(status, reason, schemas),
    ]),
  );
  return {
    openapi: '3.1.1',
    info: { title: 'HostedHooks', version: '1', description: ABOUT },
    servers: [{ url: `${origin}/api/v1` }],
    security: [{ bearerAuth: [] }],
    tags: TAGS.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        bearerAuth: {
          type: 'http',
          scheme: 'bearer',
          description: 'Your API key: the config var `HOSTEDHOOKS_API_KEY`.',
        },
      },
      schemas: schemas.named(),
      responses,
    },
  };
}

const ABOUT = `Send webhooks: signed, retried, logged and replayable.

Times are ISO 8601 with milliseconds, UTC. Lists are bare arrays, newest first. Wherever an address takes the id of an app,
a subscription or an endpoint, it also takes your own \`uid\`. Objects may get further members: ignore those that you do not know.`;

function describeOperation({ path, operation }: DeclaredRoute, schemas: Schemas): OpenApiOperation {
  const { id, summary, description, body, query, answers, isIdempotent } = operation;
  const scope = scopeOf(operation);
  const parameters = [
    ...pathParameters(path),
    ...queryParameters(operation, schemas),
    ...(isIdempotent === true ? [idempotencyKey] : []),
  ];
  const hasPages = query !== undefined || parameters.length > 0;
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tagOf(path)],
    ...(scope === null ? { security: [] } : { 'x-scope': scope }),
    ...(hasPages ? { parameters } : {}),
    ...(body === undefined ? {} : { requestBody: describeBody(body, schemas) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [
          status,
          describeAnswer(Number(status), answer, schemas),
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(refusalsOf(operation, path)).map(([status, reason]) => [
          status,
          (status === '401' || operation.refusalHeaders === undefined
            ? refToCommon(Number(status), reason)
            : undefined) ?? describeRefusal(Number(status), reason, schemas, operation.refusalHeaders),
        ]),
      ),
    },
  };
}

function describeBody(
  { schema, contentType, isRequired, description }: NonNullable<DeclaredRoute['operation']['body']>,
  schemas: Schemas,
): NonNullable<OpenApiOperation['requestBody']> {
  const described = schemas.of(schema);
  const example = exampleOf(described, { named: schemas.named(), isRequest: true });
  return {
    ...(description === undefined ? {} : { description }),
    required: isRequired,
    content: { [contentType]: { schema: described, ...(example === undefined ? {} : { example }) } },
  };
}

function refToCommon(status: number, reason: string): { $ref: string } | undefined {
  const found = Object.entries(COMMON_REFUSALS).find(
    ([, common]) => common.status === status && common.reason === reason,
  );
  return found === undefined ? undefined : { $ref: `#/components/responses/${found[0]}` };
}
