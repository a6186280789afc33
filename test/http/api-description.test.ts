import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { JsonSchema } from '#src/infra/lib/openapi.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { sendExactly } from '#test/support/published-clients.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { document, operations, problemsOf } = server.description;
const names = Object.keys(document.components.schemas);

/** Every schema of the document, with the place where it stands. */
const schemas = [...schemasIn(document, '')];

function* schemasIn(value: unknown, place: string): Generator<[string, JsonSchema]> {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value || 'anyOf' in value || '$ref' in value) yield [place, value as JsonSchema];
  for (const [name, part] of Object.entries(value)) {
    if (!['example', 'examples', 'default'].includes(name)) yield* schemasIn(part, `${place}/${name}`);
  }
}

const jsonBodies = operations.flatMap(({ path, method, operation }) => {
  const schema = operation.requestBody?.content['application/json']?.schema;
  return schema === undefined ? [] : [{ id: operation.operationId, path, method, schema }];
});

describe('generators of clients', () => {
  test('find every body by a name, which says what it is for', () => {
    for (const { id, schema, method } of jsonBodies) {
      const ends = { post: 'Input', patch: 'Patch', put: '(Put|Patch|Input)' }[method as 'post'];
      assert.match(schema.$ref ?? '', new RegExp(`${ends}$`), id);
    }
  });

  test('make no name of a schema twice: constructors, wrappers of answers, or the security scheme', () => {
    const schemes = Object.keys(document.components.securitySchemes).map((name) => name.toLowerCase());
    const ids = operations.map(({ operation }) => operation.operationId.toLowerCase());
    for (const name of names) {
      assert.doesNotMatch(name, /^(New|Nullable)[A-Z]/);
      const of = /^(.*)(Request|Response|Params|Body)$/.exec(name)?.[1];
      assert.ok(of === undefined || !ids.includes(of.toLowerCase()), name);
      assert.ok(!schemes.includes(name.toLowerCase()), name);
    }
    assert.equal(new Set(names.map((name) => name.toLowerCase())).size, names.length);
  });

  test('meet no choice inside a choice, no "not", and no list beside an enumeration that it repeats', () => {
    for (const [place, { anyOf = [], not }] of schemas) {
      assert.equal(not, undefined, place);
      assert.ok(
        anyOf.every((choice) => choice.anyOf === undefined),
        place,
      );
      const lists = anyOf.flatMap(({ items }) => (items?.enum === undefined ? [] : [items.enum]));
      assert.deepEqual(lists, [], place);
    }
  });

  test('meet no object that may be null by its list of types, where one of them forgets it', () => {
    for (const [place, { type }] of schemas)
      assert.ok(!Array.isArray(type) || !type.includes('object'), place);
    const { Endpoint, AppPortal } = document.components.schemas;
    assert.deepEqual(
      Endpoint?.properties?.['headers']?.anyOf?.map(({ type }) => type),
      ['object', 'null'],
    );
    // Of a closed schema one forgets which members may be null.
    assert.deepEqual(
      [AppPortal, AppPortal?.properties?.['strings']].map((one) => one?.additionalProperties),
      [undefined, undefined],
    );
  });

  test('find by a name what stands inside of a closed schema, which one reads as open otherwise', () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      if (schema.additionalProperties !== false) continue;
      for (const [place, { properties }] of schemasIn(schema.properties, name))
        assert.equal(properties, undefined, place);
    }
  });

  test('read the numbers of a query as numbers', () => {
    const schemas = new Map(
      operations
        .flatMap(({ operation }) => operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'query')
        .map(({ name, schema }) => [name, schema]),
    );
    for (const name of ['page', 'per_page', 'offset', 'status_code']) {
      assert.equal(schemas.get(name)?.type, 'integer', name);
    }
    const defaults = ['page', 'per_page', 'offset'].map((name) => schemas.get(name)?.default);
    assert.deepEqual(defaults, [1, 25, 0]);
  });
});

describe('the description of a body', () => {
  const known = ({ $ref }: JsonSchema) => document.components.schemas[$ref?.split('/').at(-1) ?? ''] ?? {};

  for (const { id, path, method, schema } of jsonBodies) {
    test(`${id}: refuses an empty text where the API does`, async () => {
      const { apiKey } = await api;
      const described = Object.entries(known(schema).properties ?? {});
      const isEmptyTaken = (property: JsonSchema) => problemsOf(property, '').length === 0;
      const taken = described.filter(([, property]) => property.type !== undefined && isEmptyTaken(property));
      const body = JSON.stringify(Object.fromEntries(taken.map(([name]) => [name, ''])));
      const address = path.replaceAll(/\{\w+\}/g, '0197a3c2-5b1e-7c6a-9f43-2d1a8b7c6e5f');
      const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
      const { text } = await sendExactly(`${server.url}/api/v1${address}`, {
        method: method.toUpperCase(),
        headers,
        body,
      });
      const { details = [] } = JSON.parse(text) as { details?: { path: string }[] };
      const refused = details.filter((detail) => taken.some(([name]) => name === detail.path));
      assert.deepEqual(refused, []);
    });
  }
});

const api = apiOfNewAccount(server);
