import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileSchema } from '#src/domain/event-schemas/compile-schema.ts';

const takes = (schema: object, data: unknown) => compileSchema(schema)(data);

const takesCents = compileSchema({ multipleOf: 0.01 });

test('multipleOf counts in decimals: 19.99 is a multiple of 0.01 (JSON Schema 6.2.1)', () => {
  for (const price of [19.99, 0.07, 4.35, 0, -19.99, 1e22, 1e300, 100]) {
    assert.ok(takesCents(price), String(price));
  }
  for (const price of [0.075, 19.999, 5e-324, 1e-7]) assert.ok(!takesCents(price), String(price));
  assert.ok(takes({ multipleOf: 1e-7 }, 1.0000001));
  assert.ok(takes({ multipleOf: 2 }, 4) && !takes({ multipleOf: 2 }, 5) && takes({ multipleOf: 2 }, 'text'));
});

test('every decimal with two places is a multiple of 0.01, and none with a third is', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 9 }), (cents, more) => {
      const text = `${cents < 0 ? '-' : ''}${String(Math.floor(Math.abs(cents) / 100))}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
      assert.ok(takesCents(Number(text)), text);
      assert.ok(!takesCents(Number(text + String(more))), text + String(more));
    }),
    { numRuns: 200 },
  );
});

test('the names of an object’s prototype are names as any other', () => {
  for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__']) {
    const properties = JSON.parse(`{"${name}":{"type":"string"}}`) as object;
    assert.ok(takes({ properties }, {}), `${name} is not there`);
    assert.ok(!takes({ required: [name] }, {}), `${name} is required`);
    assert.ok(takes({ dependentRequired: { [name]: ['a'] } }, {}), `nothing depends on ${name}`);
    assert.ok(takes({ dependentSchemas: { [name]: false } }, {}), `${name} has no schema to depend on`);
  }
  assert.ok(!takes({ properties: { constructor: { type: 'string' } } }, { constructor: 1 }));
});
