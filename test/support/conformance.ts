import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createApi } from '#src/surfaces/api/router.ts';
import type { Container } from '#src/container.ts';
import { type ApiDescription, readDescription } from './api-description.ts';

export interface Conformance {
  description: ApiDescription;
  /** Throws when an answer since the last call was not as the description says. */
  assert(): void;
  end(): void;
}

/**
 * Watches every answer of the API on this port, by Node's own diagnostics, for which production does not pay: none may
 * have a status, a shape or a header that the published description does not list.
 */
export function watchConformance(container: Container): Conformance {
  const description = describe(container);
  const problems = new Set<string>();
  const onStart = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.socket.localPort !== container.config.http.port) return;
    if (request.url?.startsWith('/api/v1') !== true) return;
    const { method = '', url } = request;
    const body = recordBody(response);
    response.once('finish', () => {
      const answer = {
        method,
        url,
        status: response.statusCode,
        headers: response.getHeaders(),
        body: body(),
      };
      for (const problem of problemsOf(answer, description)) {
        problems.add(`${method} ${url.split('?')[0] ?? ''}: ${String(response.statusCode)}: ${problem}`);
      }
    });
  };
  subscribe(STARTED, onStart);
  return {
    description,
    assert() {
      const found = [...problems];
      problems.clear();
      if (found.length === 0) return;
      throw new Error(`The API did not answer as it is described:\n${found.slice(0, 20).join('\n')}`);
    },
    end: () => {
      unsubscribe(STARTED, onStart);
    },
  };
}

const STARTED = 'http.server.request.start';

/** The description of this code; all test servers of a process share it. */
let shared: ApiDescription | undefined;
const describe = (container: Container) => (shared ??= readDescription(createApi(container).description()));

interface Answered {
  method: string;
  url: string;
  status: number;
  headers: ReturnType<ServerResponse['getHeaders']>;
  /** Undefined when it was too long to be kept. */
  body: string | undefined;
}

export function problemsOf(answer: Answered, description: ApiDescription): string[] {
  const { method, status } = answer;
  if (method === 'OPTIONS') return [204, 400].includes(status) ? [] : ['a preflight is answered 204'];
  const path = description.pathOf(pathBelowApi(answer.url));
  const item = path === undefined ? undefined : description.document.paths[path];
  const name = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = (item as Record<string, ApiDescription['operations'][number]['operation']> | undefined)?.[
    name
  ];
  if (operation === undefined) {
    const refusals = item === undefined ? [401, 404, 503, 500, 400] : [400, 401, 405, 503, 500];
    return refusals.includes(status) ? [] : ['the description knows no such operation'];
  }
  const response = description.responseTo(operation, status);
  if (response === undefined) return [`${operation.operationId} lists no such status`];
  return [
    ...headerProblems(answer, Object.keys(response.headers ?? {})),
    ...bodyProblems(answer, response, description),
  ];
}

function bodyProblems(
  { method, headers, body }: Answered,
  { content }: NonNullable<ReturnType<ApiDescription['responseTo']>>,
  { problemsOf }: ApiDescription,
): string[] {
  if (method === 'HEAD' || body === undefined || headers['content-encoding'] !== undefined) return [];
  if (content === undefined) return body === '' ? [] : ['has a body, and lists none'];
  const type = String(headers['content-type']).split(';')[0] ?? '';
  const schema = content[type]?.schema;
  if (schema === undefined) return [`lists no content of the type ${type}`];
  if (type === 'application/json') return problemsOf(schema, JSON.parse(body));
  if (type !== 'application/x-ndjson') return [];
  return body
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => problemsOf(schema, JSON.parse(line)));
}

/** Of every answer, whatever it is about. */
const OF_ALL =
  /^(access-control-.*|connection|content-length|content-type|date|keep-alive|transfer-encoding|vary|x-request-id)$/;

function headerProblems({ headers }: Answered, listed: string[]): string[] {
  const known = new Set(listed.map((name) => name.toLowerCase()));
  return Object.keys(headers)
    .filter((name) => !OF_ALL.test(name) && !known.has(name))
    .map((name) => `does not list the header ${name}`);
}

/** Without the query, and with what published clients get wrong put right. */
function pathBelowApi(url: string): string {
  return (url.slice('/api/v1'.length).split('?')[0] ?? '')
    .replace(/^\/app(?=\/)/, '/apps')
    .replace(/^\/(apps|subscriptions)(?=[0-9a-f]{8}-)/i, '/$1/');
}

const LONGEST = 4 * 1024 * 1024;

/** What `response` says, from now on. */
function recordBody(response: ServerResponse): () => string | undefined {
  const chunks: Buffer[] = [];
  let size = 0;
  const keep = (chunk: unknown) => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size <= LONGEST) chunks.push(bytes);
  };
  const { write, end } = response;
  response.write = ((...given: unknown[]) => {
    keep(given[0]);
    return Reflect.apply(write, response, given) as boolean;
  }) as typeof write;
  response.end = ((...given: unknown[]) => {
    keep(given[0]);
    return Reflect.apply(end, response, given) as ServerResponse;
  }) as typeof end;
  return () => (size <= LONGEST ? Buffer.concat(chunks).toString('utf8') : undefined);
}
