import type { HttpMethod, JsonSchema, OpenApi, OpenApiOperation } from '#src/infra/lib/openapi.ts';
import type { SampleRequest } from '#src/surfaces/docs/api-samples/sample-request.ts';

export interface Described {
  path: string;
  method: HttpMethod;
  operation: OpenApiOperation;
}

/** The request of a code sample, with the required parameters only. */
export function sampleRequest(
  document: OpenApi,
  { path, method, operation }: Described,
  appId?: string,
): SampleRequest {
  // A PUT makes what has the uid.
  const named = method === 'put' ? path.replace(/\{\w+\}$/, 'YOUR_UID') : path;
  const address = named.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'app' && appId !== undefined) return appId;
    return PLACEHOLDERS[name] ?? `${name.toUpperCase()}_ID`;
  });
  const query = new URLSearchParams();
  for (const { in: place, name, required, schema } of operation.parameters ?? []) {
    if (place === 'query' && required) query.set(name, exampleText(schema));
  }
  const [contentType, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const hasBody = content?.example !== undefined && contentType !== undefined;
  return {
    method: method.toUpperCase(),
    url: `${document.servers[0]?.url ?? ''}${address}${query.size === 0 ? '' : `?${query.toString()}`}`,
    body: hasBody ? { contentType, value: asSent(contentType, content.example) } : undefined,
  };
}

const exampleText = ({ examples: [example] = [] }: JsonSchema) =>
  typeof example === 'string' ? example : JSON.stringify(example);

/** Serialised on one line unless the type is JSON, because NDJSON must not be spread over lines. */
const asSent = (contentType: string, example: unknown): unknown =>
  contentType === 'application/json' || typeof example === 'string' ? example : JSON.stringify(example);

/** An exception from `NAME_ID`, because the API also has `event_id` as a field of a message. */
const PLACEHOLDERS: Record<string, string> = { event: 'WEBHOOK_EVENT_ID' };

/** All operations of the document, those with the shorter paths first. */
export function describedIn(document: OpenApi): Described[] {
  return Object.entries(document.paths)
    .flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method: method as HttpMethod, operation })),
    )
    .sort((a, b) => depthOf(a) - depthOf(b));
}

const depthOf = ({ path }: Described) => path.split('/').length;
