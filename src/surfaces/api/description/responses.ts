import { STATUS_CODES } from 'node:http';
import type { OpenApiResponse } from '#src/infra/lib/openapi.ts';
import { errorShape } from '#src/surfaces/api/errors.ts';
import type { AnswerShape } from '#src/surfaces/api/operation.ts';
import { ALWAYS } from '#src/surfaces/api/refusals.ts';
import { exampleOf } from './example.ts';
import type { Schemas } from './schemas.ts';

/** Error responses that all operations share, by the name of their OpenAPI component. */
export const COMMON_REFUSALS: Record<string, { status: number; reason: string }> = Object.fromEntries(
  Object.entries(ALWAYS).map(([status, reason]) => [
    (STATUS_CODES[status] ?? status).replaceAll(/\W/g, ''),
    { status: Number(status), reason },
  ]),
);

export function describeAnswer(status: number, answer: AnswerShape, schemas: Schemas): OpenApiResponse {
  const { shape, contentType = 'application/json', description, headers = {}, isPage } = answer;
  const all = isPage === true ? { Link: LINK, ...headers } : headers;
  const response: OpenApiResponse = { description: description ?? DESCRIPTIONS[status] ?? 'Done.' };
  if (Object.keys(all).length > 0) response.headers = describeHeaders(all);
  if (shape === undefined) return response;
  const schema = schemas.of(shape);
  const example = exampleOf(schema, { named: schemas.named(), isRequest: false });
  response.content = { [contentType]: { schema, ...(example === undefined ? {} : { example }) } };
  return response;
}

export function describeRefusal(
  status: number,
  reason: string,
  schemas: Schemas,
  others: Record<string, string> = {},
): OpenApiResponse {
  const headers = { ...REFUSAL_HEADERS[status], ...others };
  return {
    description: reason,
    ...(Object.keys(headers).length === 0 ? {} : { headers: describeHeaders(headers) }),
    content: { 'application/json': { schema: schemas.of(errorShape) } },
  };
}

const LINK =
  'The addresses of the next (`rel="next"`) and the previous page (`rel="prev"`), where there are such.';

const DESCRIPTIONS: Record<number, string> = {
  200: 'Done.',
  201: 'It was made.',
  202: 'It will be done.',
  204: 'Done; there is nothing to say.',
};

const RETRY_AFTER = { 'Retry-After': 'Seconds after which the same request may succeed.' };

const REFUSAL_HEADERS: Record<number, Record<string, string>> = {
  401: { 'WWW-Authenticate': '`Bearer`' },
  403: { 'WWW-Authenticate': 'Which scope the key would need.' },
  402: RETRY_AFTER,
  409: RETRY_AFTER,
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

const describeHeaders = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
