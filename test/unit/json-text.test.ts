import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { elementSpans, memberSpans } from '#src/infra/lib/json-text.ts';
import type { Span } from '#src/infra/lib/json-text.ts';

const cut = (text: string, span: Span | undefined) => span && text.slice(span.start, span.end);
const cutMember = (text: string, key: string) => cut(text, memberSpans(text).get(key));

describe('memberSpans gives each value exactly as it was written', () => {
  const spellings = [
    '1.0',
    '12345678901234567890',
    '-0',
    '1E400',
    '"\\u00e9\\\\\\""',
    '"{[,]}"',
    '"日本 😀"',
    '{ "b" : 2,"a":1 }',
    '[ 1 , [] ]',
    'null',
    'true',
    '""',
  ];
  for (const spelling of spellings) {
    test(spelling, () => {
      const text = `\n{ "before": [1, "}"], "data" :\t${spelling} , "after": {} }\r\n`;
      assert.equal(cutMember(text, 'data'), spelling);
    });
  }

  test('under an escaped spelling of its key', () => {
    assert.equal(cutMember('{"d\\u0061ta":1.0}', 'data'), '1.0');
    assert.equal(cutMember('{"\\"\\\\":1}', '"\\'), '1');
  });

  test('the last of duplicate keys', () => {
    assert.equal(cutMember('{"data":1,"d\\u0061ta":2.0}', 'data'), '2.0');
  });

  test('of an object without members: nothing', () => {
    assert.equal(memberSpans(' { } ').size, 0);
  });

  test('of an object inside the text', () => {
    const text = '[0, {"data": [1]}]';
    assert.equal(cut(text, memberSpans(text, 3).get('data')), '[1]');
  });

  test('nested deeper than a stack goes', () => {
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    assert.equal(cutMember(`{"data":${deep(20_000)}}`, 'data'), deep(20_000));
    assert.throws(() => memberSpans(`{"data":${deep(20_001)}}`), /at most 20,000 deep/);
  });
});

test('elementSpans gives each element exactly as it was written', () => {
  const text = ' [1.0 , {"a":[","]},"]", [] ] ';
  assert.deepEqual(
    elementSpans(text).map((span) => cut(text, span)),
    ['1.0', '{"a":[","]}', '"]"', '[]'],
  );
  assert.deepEqual(elementSpans('[ ]'), []);
});

const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 4 });
const space = fc.constantFrom('', ' ', '\n', '\t\r\n  ');
const escapeEverything = (key: string) =>
  `"${Array.from({ length: key.length }, (_, index) => `\\u${key.charCodeAt(index).toString(16).padStart(4, '0')}`).join('')}"`;

test('any object: every slice is what JSON.parse sees', () => {
  const member = fc.record({
    key: fc.string({ unit: 'binary' }),
    value: json,
    before: space,
    after: space,
    isEscaped: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(member), fc.nat({ max: 4 }), (members, indent) => {
      const parts = members.map(({ key, value, before, after, isEscaped }) => {
        const name = isEscaped ? escapeEverything(key) : JSON.stringify(key);
        return `${before}${name}${after}:${before}${JSON.stringify(value, null, indent)}${after}`;
      });
      const text = `{${parts.join(',')}}`;
      const seen = [...memberSpans(text)].map(([key, span]) => [
        key,
        JSON.parse(text.slice(span.start, span.end)),
      ]);
      assert.deepEqual(
        new Map(seen as [string, unknown][]),
        new Map(Object.entries(JSON.parse(text) as object)),
      );
    }),
    { numRuns: 500 },
  );
});

test('any array: every slice is what JSON.parse sees', () => {
  fc.assert(
    fc.property(fc.array(json), space, (values, between) => {
      const text = `[${between}${values.map((value) => JSON.stringify(value)).join(`${between},${between}`)}${between}]`;
      const seen = elementSpans(text).map((span): unknown => JSON.parse(text.slice(span.start, span.end)));
      assert.deepEqual(seen, JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test('an object or array that is longer than allowed is not walked to its end', () => {
  const spans = memberSpans('{"a":[1,2],"b":"a long text","c":{"d":[1,2,3]},"e":1}', 0, 5);
  assert.deepEqual([...spans.keys()], ['a', 'b', 'c']);
  assert.deepEqual(spans.get('c'), { start: 33, end: Infinity });
});
