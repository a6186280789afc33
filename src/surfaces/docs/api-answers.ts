import type { OpenApi, OpenApiOperation, OpenApiResponse } from '#src/infra/lib/openapi.ts';
import { typeOf } from './api-fields.ts';
import { codeBlock } from './html-code.ts';

/** An error of at least this many operations is described once for all. */
const SHARED_BY = 5;

/** Descriptions of the errors that many operations share, by status. */
export type SharedErrors = Map<string, Set<string>>;

/** The responses of an operation: its own in full, and only the statuses of the shared errors. */
export function presentAnswers(document: OpenApi, { responses }: OpenApiOperation, shared: SharedErrors) {
  const all = Object.entries(responses).map(([status, response]) => ({
    status,
    response: resolveResponse(document, response),
  }));
  const isShared = ({ status, response }: (typeof all)[number]) =>
    shared.get(status)?.has(response.description) === true;
  return {
    answers: all.filter((answer) => !isShared(answer)).map(presentAnswer),
    errors: all.filter(isShared).map(({ status }) => status),
  };
}

export function findSharedErrors(document: OpenApi): SharedErrors {
  const counts = new Map<string, number>();
  const shared: SharedErrors = new Map();
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
  for (const [status, response] of operations.flatMap(({ responses }) => Object.entries(responses))) {
    if (status < '400') continue;
    const { description } = resolveResponse(document, response);
    const count = (counts.get(`${status} ${description}`) ?? 0) + 1;
    counts.set(`${status} ${description}`, count);
    if (count === SHARED_BY) shared.set(status, (shared.get(status) ?? new Set()).add(description));
  }
  return new Map([...shared].sort(([a], [b]) => a.localeCompare(b)));
}

interface AnswerOfStatus {
  status: string;
  response: OpenApiResponse;
}

function presentAnswer({ status, response: { description, headers = {}, content = {} } }: AnswerOfStatus) {
  const [type, media] = Object.entries(content)[0] ?? [];
  const isSuccess = status.startsWith('2');
  return {
    status,
    isSuccess,
    description,
    headers: Object.entries(headers).map(([name, header]) => ({ name, description: header.description })),
    type: media === undefined ? undefined : typeOf(media.schema),
    contentType: type,
    example:
      !isSuccess || media?.example === undefined
        ? undefined
        : codeBlock(JSON.stringify(media.example, null, 2), `Example of an answer with ${status}`),
  };
}

function resolveResponse(
  { components }: OpenApi,
  response: OpenApiResponse | { $ref: string },
): OpenApiResponse {
  if (!('$ref' in response)) return response;
  return components.responses[response.$ref.split('/').at(-1) ?? ''] ?? { description: '' };
}
