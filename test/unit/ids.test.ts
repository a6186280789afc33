import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstIdAt, isUuid, timeOfId, uuidv7 } from '#src/infra/lib/ids.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test('a UUIDv7 says version 7, the RFC variant, and when it was made', () => {
  fc.assert(
    fc.property(time, (ms) => {
      const id = uuidv7(ms);
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(timeOfId(id), ms);
    }),
  );
});

test('ids do not repeat, also beyond one filling of the random pool', () => {
  const ids = Array.from({ length: 20_000 }, () => uuidv7(1));
  assert.equal(new Set(ids).size, ids.length);
});

test('ids of a millisecond sort as they were made, whatever times they are made at in between', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1_000, max: 1_002 }), { maxLength: 500 }), (times) => {
      const made = times.map((ms) => ({ ms, id: uuidv7(ms) }));
      for (const ids of Map.groupBy(made, ({ ms }) => ms).values()) {
        const inOrder = ids.map(({ id }) => id);
        assert.deepEqual(inOrder.toSorted(), inOrder);
      }
    }),
  );
});

test('every id of a millisecond lies between the first ids of it and of the next', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 2 }), (ms) => {
      const id = uuidv7(ms);
      assert.ok(firstIdAt(ms) <= id && id < firstIdAt(ms + 1));
    }),
  );
});

test('a delivery id is the same each time, differs by message and endpoint, and keeps the time', () => {
  fc.assert(
    fc.property(time, time, (messageMs, endpointMs) => {
      const [message, other] = [uuidv7(messageMs), uuidv7(messageMs)];
      const [endpoint, another] = [uuidv7(endpointMs), uuidv7(endpointMs)];
      const id = deliveryId(message, endpoint);
      assert.equal(id, deliveryId(message, endpoint));
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(new Set([id, deliveryId(other, endpoint), deliveryId(message, another)]).size, 3);
      assert.equal(timeOfId(id), messageMs);
    }),
  );
});

test('only the text form of a UUID passes for one', () => {
  assert.ok(isUuid('0193b3a4-8c00-7000-8000-00000000ABCD'));
  for (const text of [
    '',
    '0193b3a48c00700080000000000000ab',
    '{0193b3a4-8c00-7000-8000-00000000abcd}',
    "' or 1=1",
  ]) {
    assert.equal(isUuid(text), false);
  }
});
