import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CompiledFilter, filter as filterSchema } from '#src/domain/outbound-rules/filter.ts';
import { type Filterable, FilterSubject } from '#src/domain/outbound-rules/filter/subject.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';
import { filters, fits, values } from '#test/support/slow-filter.ts';

interface Vector {
  data: JsonValue;
  filter: JsonValue;
  matches?: boolean;
  refused?: true;
}

const vectors = JSON.parse(readFileSync('test/vectors/filters.json', 'utf8')) as Vector[];

const messageOf = (data: JsonValue, more: Partial<Filterable> = {}) =>
  new FilterSubject({
    eventType: 'order.paid',
    version: '1.0',
    headers: null,
    contentType: null,
    data: JSON.stringify(data),
    ...more,
  });

const compiled = (filter: unknown) => new CompiledFilter(filterSchema.parse(filter));
const matches = (body: JsonValue, data: JsonValue) => compiled({ body }).matches(messageOf(data));
const failed = (filter: unknown, data: JsonValue) => compiled(filter).judge(messageOf(data)).failed;
const problems = (filter: unknown) =>
  filterSchema.safeParse(filter).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('a filter', () => {
  for (const { data, filter, matches: expected, refused } of vectors) {
    it(`${JSON.stringify(data)} ~ ${JSON.stringify(filter)}: ${refused ? 'refused' : String(expected)}`, () => {
      if (refused) assert.notDeepEqual(problems({ body: filter }), []);
      else assert.equal(matches(filter, data), expected);
    });
  }

  it('holds as a slow reading of it says', () => {
    let held = 0;
    fc.assert(
      fc.property(filters, values, (filter, data) => {
        const expected = fits(filter, data);
        held += Number(expected);
        assert.equal(matches(filter, data), expected);
        assert.equal(failed({ body: filter }, data).length === 0, expected);
      }),
      { numRuns: 5000 },
    );
    assert.ok(held > 500, `held ${String(held)} times`);
  });

  it('asks the elements of an array, one for all tests that look at elements', () => {
    assert.equal(matches({ n: { $gte: 1, $lt: 5 } }, { n: [0, 9] }), false);
    assert.equal(matches({ n: { $gte: 1, $lt: 5 } }, { n: [0, 3, 9] }), true);
    assert.equal(matches({ n: { $nin: [1] } }, { n: [2, 1] }), false);
    assert.equal(matches({ n: { $nin: [1] } }, { n: [2, 3] }), true);
    assert.equal(matches({ n: { $not: 1 } }, { n: [2, 1] }), false);
    assert.equal(
      matches(
        { v: { id: 1, $not: { q: 9 } } },
        {
          v: [
            { id: 1, q: 2 },
            { id: 2, q: 9 },
          ],
        },
      ),
      true,
    );
  });

  it('fails for an absent field, but for $exist: false and $not', () => {
    const tests: JsonValue[] = [1, null, {}, [], { $eq: 1 }, { $neq: 1 }, { $in: [1] }, { $nin: [1] }];
    tests.push({ $gt: 1 }, { $lte: 1 }, { $startsWith: 'a' }, { $endsWith: 'a' }, { $exist: true });
    for (const test of tests) {
      assert.equal(matches({ a: test }, {}), false, JSON.stringify(test));
      assert.equal(matches({ a: { $not: test } }, {}), true, JSON.stringify(test));
    }
    assert.equal(matches({ a: { $exist: false } }, {}), true);
    assert.equal(matches({ a: { b: { $exist: false } } }, { a: 1 }), true);
    assert.equal(matches({ constructor: { $exist: true } }, {}), false);
    assert.equal(matches(JSON.parse('{"__proto__":{"a":1}}') as JsonValue, {}), false);
  });

  it('looks at all parts; at headers without regard to case', () => {
    const { matches: holds } = compiled({
      event_type: { $startsWith: 'order.' },
      version: ['1.0', '2.0'][0],
      headers: { 'X-Tenant': { $in: ['a', 'b'] }, $not: { 'X-TEST': { $exist: true } } },
    }).judge(messageOf({}, { headers: { 'x-tenant': 'b' } }));
    assert.equal(holds, true);
    const other = compiled({ version: '2.0', headers: { 'X-Tenant': 'a' } });
    assert.deepEqual(other.judge(messageOf({}, { headers: { 'x-TENANT': 'b' } })).failed, [
      'version',
      'headers.X-Tenant',
    ]);
  });

  it('sees what is no JSON as a text, and JSON that was published as it is as JSON', () => {
    const filter = compiled({ body: { $startsWith: '<order' } });
    assert.equal(filter.matches(messageOf(null, { contentType: 'text/xml', data: '<order/>' })), true);
    const json = { contentType: 'application/json; charset=utf-8', data: '{"a":1}' };
    assert.equal(compiled({ body: { a: 1 } }).matches(messageOf(null, json)), true);
    const bytes = { contentType: 'image/png', data: Buffer.from([0, 255]) };
    assert.equal(compiled({ body: { $exist: true } }).matches(messageOf(null, bytes)), true);
  });

  it('names what does not hold', () => {
    const data = { order: { amount: 5, tags: ['a'] }, items: [{ id: 1 }] };
    assert.deepEqual(failed({ body: { order: { amount: { $gt: 9, $lt: 7 } } } }, data), [
      'body.order.amount.$gt',
    ]);
    assert.deepEqual(failed({ body: { order: { amount: 6, tags: 'b' }, items: { id: 2 } } }, data), [
      'body.order.amount',
      'body.order.tags',
      'body.items',
    ]);
    const combined = { $or: [{ a: 1 }], $and: [{ order: {} }, { b: { $exist: true } }], $not: { items: {} } };
    assert.deepEqual(failed({ body: combined }, data), ['body.$or', 'body.$and.1.b.$exist', 'body.$not']);
    assert.deepEqual(failed({ event_type: 'a' }, data), ['event_type']);
  });
});

describe('a filter that is refused', () => {
  const refused: [path: string, filter: unknown][] = [
    ['body.amount.$gtx', { body: { amount: { $gtx: 1 } } }],
    ['body.a.$gt', { body: { a: { $gt: true } } }],
    ['body.a.$in', { body: { a: { $in: [{}] } } }],
    ['body.a.$exist', { body: { a: { $exist: 1 } } }],
    ['body.$or', { body: { $or: [] } }],
    ['body.$or.1.$foo', { body: { $or: [1, { $foo: 1 }] } }],
    ['body.a.$ref', { body: { a: { $ref: 'a..b' } } }],
    ['body.a.$lt.$ref', { body: { a: { $lt: { $ref: 'a[x]' } } } }],
    ['body.a.0', { body: { a: ['\0'] } }],
    ['body.a.\uD800', { body: { a: { '\uD800': 1 } } }],
    ['body.a.$eq.b', { body: { a: { $eq: { b: '\uD800' } } } }],
    ['body', { body: JSON.parse(`${'['.repeat(17)}1${']'.repeat(17)}`) }],
    ['', { headers: 'x'.repeat(16 * 1024) }],
  ];
  for (const [path, filter] of refused) {
    it(`says where: ${path}`, () => assert.deepEqual(problems(filter), [path]));
  }

  it('has a part that there is not', () =>
    assert.equal(filterSchema.safeParse({ query: {} }).success, false));
});

describe('a filter that could stop the others', () => {
  /** Steps of any filter on a megabyte; a step takes tens of nanoseconds. */
  const MAX_STEPS = 1_000_000;
  const many = (count: number, of: (n: number) => JsonValue) =>
    Array.from({ length: count }, (_, n) => of(n));
  const attacks: Record<string, { filter: JsonValue; data: JsonValue }> = {
    'arrays in arrays': {
      filter: { a: many(800, (n) => ({ n, m: 1 })) },
      data: { a: many(60_000, (n) => ({ n, m: 2 })) },
    },
    'alternatives over an array': {
      filter: { $or: many(400, (n) => ({ a: { b: -n, $exist: false } })) },
      data: { a: many(100_000, (n) => ({ b: n })) },
    },
    'a large value that each element is compared with': {
      filter: { a: { $eq: { $ref: 'b' }, c: 1 } },
      data: { a: many(100_000, () => ({})), b: Object.fromEntries(many(50_000, String).map((n) => [n, 1])) },
    },
    'a part of a text that nearly occurs everywhere': {
      filter: { $or: many(4, () => ({ a: { $in: `b${'a'.repeat(3900)}` } })) },
      data: { a: 'a'.repeat(900_000) },
    },
    'a list that each element is looked for in': {
      filter: { a: { $in: { $ref: 'b' } } },
      data: { a: many(60_000, (n) => -1 - n), b: many(60_000, (n) => n) },
    },
  };
  for (const [name, { filter, data }] of Object.entries(attacks)) {
    it(`is given up, or is quick: ${name}`, () => {
      const subject = messageOf(data);
      const { matches: holds } = compiled({ body: filter }).judge(subject);
      assert.equal(holds, false);
      assert.ok(subject.steps < MAX_STEPS, String(subject.steps));
    });
  }

  const uncounted: Record<string, { filter: JsonValue; data: JsonValue }> = {
    'parts that are no texts': {
      filter: { a: { $startsWith: { $ref: 'b' } } },
      data: { a: many(500, () => ''), b: many(5000, () => 1) },
    },
    'fields that elements lack': {
      filter: {
        a: {
          ...Object.fromEntries(Array.from({ length: 300 }, (_, n) => [n, { $not: { $eq: 1 } }])),
          last: 1,
        },
      },
      data: { a: many(1000, () => ({})) },
    },
    'long texts that are ordered': {
      filter: { $and: many(300, () => ({ a: { $gte: { $ref: 'b' } } })) },
      data: { a: 'a'.repeat(100_000), b: 'a'.repeat(100_000) },
    },
    'long texts that are the same': {
      filter: { $and: many(300, () => ({ a: { $eq: { $ref: 'b' } } })) },
      data: { a: 'a'.repeat(100_000), b: 'a'.repeat(100_000) },
    },
  };
  for (const [name, { filter, data }] of Object.entries(uncounted)) {
    it(`counts what it takes: ${name}`, () => {
      assert.equal(compiled({ body: filter }).judge(messageOf(data)).isTooCostly, true);
    });
  }

  it('is given up without a match, also below $not, and says so', () => {
    const { filter = {}, data = {} } = attacks['alternatives over an array'] ?? {};
    const verdict = compiled({ body: { $not: filter } }).judge(messageOf(data));
    assert.deepEqual(verdict, { matches: false, failed: ['body'], isTooCostly: true });
  });

  it('keeps within the stack, however deep the data is', () => {
    const deep = (levels: number) => `${'[{"a":'.repeat(levels)}1${'}]'.repeat(levels)}`;
    const subject = messageOf(null, { data: `{"a":${deep(10_000)},"b":${deep(10_000)}}` });
    assert.equal(compiled({ body: { a: { $ref: 'b' } } }).matches(subject), true);
    assert.equal(compiled({ body: { a: { a: { a: {} } } } }).matches(subject), true);
  });
});
