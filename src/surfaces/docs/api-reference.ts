import type { JsonSchema, OpenApi } from '#src/infra/lib/openapi.ts';
import { findSharedErrors, presentAnswers, type SharedErrors } from './api-answers.ts';
import { type Described, describedIn, sampleRequest } from './api-sample-requests.ts';
import { API_SAMPLES, type SampleLanguage } from '#src/surfaces/docs/api-samples/index.ts';
import { fieldsOf, typeOf } from './api-fields.ts';
import { codeBlock } from './html-code.ts';

export interface Reader {
  language: SampleLanguage;
  /** Id of an app of the account; undefined without a visit or an app. */
  appId: string | undefined;
}

/** The OpenAPI document as the reference page shows it: operations by tag, each with a code sample. */
export function toReference(document: OpenApi, reader: Reader) {
  const shared = findSharedErrors(document);
  const operations = describedIn(document).map((described) => ({
    tags: described.operation.tags,
    ...presentOperation(document, described, { ...reader, shared }),
  }));
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
    errors: [...shared].map(([status, reasons]) => ({ status, reasons: [...reasons] })),
    shapes: Object.entries(document.components.schemas)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, schema]) => ({
        name,
        description: schema.description,
        fields: fieldsOf(schema),
        // What is no object: an enumeration, or a choice.
        type: schema.properties === undefined ? typeOf(schema) : undefined,
      })),
  };
}

function presentOperation(
  document: OpenApi,
  described: Described,
  reader: Reader & { shared: SharedErrors },
) {
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
    ...presentAnswers(document, operation, reader.shared),
    sample: codeBlock(
      API_SAMPLES[reader.language].write(sampleRequest(document, described, reader.appId)),
      `${operation.summary} with ${API_SAMPLES[reader.language].name}`,
    ),
  };
}

function resolve({ components }: OpenApi, schema: JsonSchema): JsonSchema {
  return components.schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
}

const anchorOf = (name: string) => name.toLowerCase().replaceAll(' ', '-');
