import type { HttpMethod, JsonSchema, OpenApi, OpenApiOperation, OpenApiResponse } from '../lib/openapi.ts';
import { API_SAMPLES, type SampleLanguage } from './api-samples/index.ts';
import type { SampleRequest } from './api-samples/sample-request.ts';
import { fieldsOf, typeOf } from './api-fields.ts';
import { codeBlock } from './html-code.ts';

export interface Reader {
  language: SampleLanguage;
  /** Of an app of theirs; undefined for whoever is not signed in, or has none. */
  appId: string | undefined;
}

/** The description of the API as the reference page shows it: by noun, each operation with a sample. */
export function toReference(document: OpenApi, reader: Reader) {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      tags: operation.tags,
      ...presentOperation(document, { path, method: method as HttpMethod, operation }, reader),
    })),
  );
  return {
    server: document.servers[0]?.url ?? '',
    about: document.info.description.split('\n\n'),
    languages: Object.entries(API_SAMPLES).map(([language, { name }]) => ({
      language,
      name,
      isCurrent: language === reader.language,
    })),
    chapters: document.tags
      .map(({ name, description }) => ({
        name,
        description,
        anchor: anchorOf(name),
        operations: operations.filter(({ tags }) => tags.includes(name)),
      }))
      .filter((chapter) => chapter.operations.length > 0),
    shapes: Object.entries(document.components.schemas)
      .filter(([, { properties }]) => properties !== undefined)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, schema]) => ({ name, description: schema.description, fields: fieldsOf(schema) })),
  };
}

interface Described {
  path: string;
  method: HttpMethod;
  operation: OpenApiOperation;
}

function presentOperation(document: OpenApi, described: Described, reader: Reader) {
  const { path, method, operation } = described;
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    summary: operation.summary,
    description: operation.description,
    scope: operation['x-scope'],
    parameters: (operation.parameters ?? []).map(({ name, in: place, required, description, schema }) => ({
      name,
      place,
      isRequired: required,
      description,
      type: typeOf(schema),
    })),
    body:
      content === undefined
        ? undefined
        : {
            contentType: type,
            type: typeOf(content.schema),
            fields: fieldsOf(resolve(document, content.schema)),
          },
    answers: Object.entries(operation.responses).map(([status, response]) =>
      presentAnswer(status, resolveResponse(document, response)),
    ),
    sample: codeBlock(
      API_SAMPLES[reader.language].write(requestOf(document, described, reader)),
      `${operation.summary} with ${API_SAMPLES[reader.language].name}`,
    ),
  };
}

function presentAnswer(status: string, { description, headers = {}, content = {} }: OpenApiResponse) {
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

function requestOf(document: OpenApi, { path, method, operation }: Described, reader: Reader): SampleRequest {
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === 'app' && reader.appId !== undefined ? reader.appId : `${name.toUpperCase()}_ID`,
  );
  const [contentType, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const isNeeded = content?.example !== undefined && contentType !== undefined;
  return {
    method: method.toUpperCase(),
    url: `${document.servers[0]?.url ?? ''}${address}`,
    body: isNeeded ? { contentType, value: content.example } : undefined,
  };
}

function resolve({ components }: OpenApi, schema: JsonSchema): JsonSchema {
  return components.schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
}

function resolveResponse(
  { components }: OpenApi,
  response: OpenApiResponse | { $ref: string },
): OpenApiResponse {
  if (!('$ref' in response)) return response;
  return components.responses[response.$ref.split('/').at(-1) ?? ''] ?? { description: '' };
}

const anchorOf = (name: string) => name.toLowerCase().replaceAll(' ', '-');
