import fc from 'fast-check';
import type { JsonSchema, OpenApi } from '#src/infra/lib/openapi.ts';
import type { DescribedOperation } from './api-description.ts';

export interface FuzzedRequest {
  path: string;
  body: string | undefined;
}

/** Requests for an operation: valid by its description, nearly so, and hostile. `ids` are those that exist. */
export function requestsFor(
  described: DescribedOperation,
  { document, ids }: { document: OpenApi; ids: Record<string, string> },
): fc.Arbitrary<FuzzedRequest> {
  const { path, method, operation } = described;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  // What exists stays, so that the other operations find it.
  const isDestructive = method === 'delete';
  const part = (name: string) => {
    const real = isDestructive ? [] : [{ arbitrary: fc.constant(ids[name] ?? 'x'), weight: 6 }];
    return fc.oneof(
      ...real,
      { arbitrary: fc.constantFrom(...Object.values(ids)), weight: isDestructive ? 0 : 1 },
      { arbitrary: hostileId, weight: 1 },
    );
  };
  const parts = fc.tuple(...names.map(part));
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const query = fc.record(
    Object.fromEntries(
      parameters.map(({ name, schema }) => [
        name,
        fc.oneof(valid(schema, document).map(asText), hostileText),
      ]),
    ),
    { requiredKeys: [] },
  );
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const body = schema === undefined ? fc.constant(undefined) : bodyOf(schema, document);
  return fc.record({ parts, query, body }).map(({ parts: given, query: asked, body: sent }) => ({
    path: `${path.replaceAll(/\{\w+\}/g, () => given.shift() ?? 'x')}?${new URLSearchParams(asked as Record<string, string>).toString()}`,
    body: sent,
  }));
}

function bodyOf(schema: JsonSchema, document: OpenApi): fc.Arbitrary<string> {
  const good = valid(schema, document);
  const changed = fc
    .tuple(good, fc.nat(), hostileValue)
    .map(([value, at, hostile]) => withOneMember(value, at, hostile));
  return fc.oneof(
    { arbitrary: good.map((value) => JSON.stringify(value)), weight: 4 },
    { arbitrary: changed.map((value) => JSON.stringify(value)), weight: 4 },
    { arbitrary: fc.tuple(good, fc.nat()).map(([value, at]) => cut(JSON.stringify(value), at)), weight: 1 },
    { arbitrary: fc.oneof(fc.string({ unit: 'binary' }), fc.json()), weight: 1 },
  );
}

/** What `schema` allows, as far as a description can say. */
function valid(schema: JsonSchema, document: OpenApi): fc.Arbitrary<unknown> {
  const shown = schema.examples?.length ? fc.constantFrom(...schema.examples) : undefined;
  const any = described(schema, document);
  return shown === undefined ? any : fc.oneof(shown, any);
}

function described(schema: JsonSchema, document: OpenApi): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    return valid(document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, document);
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((choice) => valid(choice, document)));
  const types = [schema.type ?? []].flat();
  if (types.length === 0) return fc.jsonValue();
  return fc.oneof(...types.map((type) => ofType(type, schema, document)));
}

function ofType(type: string, schema: JsonSchema, document: OpenApi): fc.Arbitrary<unknown> {
  const { minimum = 0, maximum = 1000, items = {}, properties = {}, required = [] } = schema;
  switch (type) {
    case 'string':
      return texts(schema);
    case 'integer':
      return fc.integer({ min: minimum, max: Math.max(minimum, maximum) });
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valid(items, document), { maxLength: 3 });
    case 'object': {
      const members = Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, valid(property, document)]),
      );
      return fc.record(members, { requiredKeys: required.filter((name) => name in members) });
    }
    default:
      return fc.constant(null);
  }
}

function texts({ format, pattern, maxLength = 60 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'date') {
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ maxLength: Math.min(60, maxLength), unit: 'grapheme' });
}

const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('0', '-1', '99999999999999999999', '1e9', '\0', "' or 1=1 --", '%', '𝕏'),
);

const hostileValue = fc.oneof(
  fc.jsonValue(),
  hostileText,
  fc.constantFrom<unknown>('', '*', 1e400, -1, null, {}, [], 'https://a.example', 'x'.repeat(3000), {
    __proto__: 1,
  }),
  fc.constant(undefined),
);

/** What people and programs put in an id's place. */
const hostileId = fc.oneof(
  fc.constantFrom('ffffffff-ffff-ffff-ffff-ffffffffffff', '%00', '%ff', "'", '..', '-1', 'null', 'x', '%2f'),
  fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .map((text) => encodeURIComponent(text.toWellFormed()) || 'x'),
);

/** `value` with one member that is another, or gone. */
function withOneMember(value: unknown, at: number, hostile: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => (index === at % value.length ? hostile : item));
  if (typeof value !== 'object' || value === null) return hostile;
  const names = Object.keys(value);
  return { ...value, [names[at % names.length] ?? 'name']: hostile };
}

const cut = (text: string, at: number) => text.slice(0, at % (text.length + 1));

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
