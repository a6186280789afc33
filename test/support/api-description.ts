import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type {
  HttpMethod,
  JsonSchema,
  OpenApi,
  OpenApiOperation,
  OpenApiResponse,
} from '#src/infra/lib/openapi.ts';

export interface DescribedOperation {
  path: string;
  method: HttpMethod;
  operation: OpenApiOperation;
}

/** The published description, as tests ask it. */
export interface ApiDescription {
  document: OpenApi;
  operations: DescribedOperation[];
  /** The path of the description that a path below `/api/v1` is one of; one with fewer parameters wins. */
  pathOf: (path: string) => string | undefined;
  responseTo: (operation: OpenApiOperation, status: number) => OpenApiResponse | undefined;
  /** What is wrong with `value`; members that the schema does not name are wrong, too. */
  problemsOf: (schema: JsonSchema, value: unknown) => string[];
}

export function readDescription(document: OpenApi): ApiDescription {
  const paths = Object.keys(document.paths)
    .map((path) => ({ path, pattern: patternOf(path), parameters: path.split('{').length }))
    .sort((a, b) => a.parameters - b.parameters);
  return {
    document,
    operations: Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method: method as HttpMethod, operation })),
    ),
    pathOf: (path) => paths.find(({ pattern }) => pattern.test(path))?.path,
    responseTo: ({ responses }, status) => {
      const response = responses[String(status)];
      if (response === undefined || !('$ref' in response)) return response;
      return document.components.responses[response.$ref.split('/').at(-1) ?? ''];
    },
    problemsOf: validator(document),
  };
}

/** As Express matches: without regard to case, and with a slash at the end or not. */
const patternOf = (path: string) =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i');

function validator(document: OpenApi): ApiDescription['problemsOf'] {
  // A schema is compiled once and used a few times, so a quick compilation is worth more than quick code.
  const code = { optimize: false };
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true, code }));
  ajv.addSchema({ $id: 'api', components: { schemas: closed(document.components.schemas) } });
  const texts = new WeakMap<JsonSchema, string>();
  const textOf = (schema: JsonSchema) =>
    JSON.stringify(closed(schema)).replaceAll('"#/components', '"api#/components');
  /** By text, because most answers refer to one of a few components. */
  const compiled = new Map<string, ValidateFunction>();
  return (schema, value) => {
    const text = texts.get(schema) ?? textOf(schema);
    texts.set(schema, text);
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object);
    compiled.set(text, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  };
}

/** The same without members that it does not name. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).map(([name, value]): [string, unknown] => [name, closed(value)]);
  const isOpen = 'properties' in schema && !('additionalProperties' in schema);
  return Object.fromEntries(isOpen ? [...members, ['additionalProperties', false]] : members) as T;
}
