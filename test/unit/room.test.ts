import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Room } from '#src/pipeline/dispatch/memory-budget.ts';

function roomWith(accountId: string, { deliveries, bytes = 0 }: { deliveries: number; bytes?: number }) {
  const room = new Room({ deliveries: 1000, bytes: 1000 });
  for (let count = 0; count < deliveries; count += 1) room.take(accountId, bytes / deliveries);
  return room;
}

test('an account may hold half of all deliveries, the next half of the rest', () => {
  const room = roomWith('one', { deliveries: 500 });
  assert.equal(room.isFor('one', 0), true);
  assert.equal(room.isFor('one', 1), false);
  assert.deepEqual(room.fullAccounts(1), ['one']);
  assert.equal(room.isFor('two', 250), true);
  assert.equal(room.isFor('two', 251), false);
});

test('bytes are shared in the same way', () => {
  const room = roomWith('one', { deliveries: 40, bytes: 600 });
  assert.equal(room.isFor('one', 1), false);
  assert.equal(room.isFor('two', 100), true);
  room.take('two', 300);
  assert.equal(room.isFor('two', 32), false);
});

test('however many others there are, an account may hold a few', () => {
  const room = roomWith('one', { deliveries: 1000 });
  assert.equal(room.isFor('newcomer', 32), true);
  assert.equal(room.isFor('newcomer', 33), false);
});

test('it is full by deliveries and by bytes', () => {
  assert.equal(roomWith('one', { deliveries: 999 }).isFull, false);
  assert.equal(roomWith('one', { deliveries: 1000 }).isFull, true);
  assert.equal(roomWith('one', { deliveries: 2, bytes: 1000 }).isFull, true);
});

test('it tells when there is room again: of all, or of an account that was passed over', () => {
  const full = roomWith('one', { deliveries: 1000 });
  assert.equal(full.release('one', 0), true);
  assert.equal(full.release('one', 0), false);

  const half = roomWith('one', { deliveries: 500 });
  half.fullAccounts(1);
  assert.equal(half.release('one', 0), true);
  assert.equal(half.release('one', 0), false, 'told once');

  const nearlyFull = roomWith('one', { deliveries: 450 });
  assert.deepEqual(nearlyFull.fullAccounts(52), ['one']);
  assert.equal(nearlyFull.release('one', 0), false);
  assert.equal(nearlyFull.release('one', 0), true, 'when there is room for as many as were left');

  const both = roomWith('one', { deliveries: 500 });
  for (const more of [52, 1, 52]) assert.deepEqual(both.fullAccounts(more), ['one']);
  assert.equal(both.release('one', 0), true, 'for the fewest of which something was left');
});

test('beside others that have much, an account may have more until it has half of its share', () => {
  const room = roomWith('one', { deliveries: 500 });
  room.take('two', 0, 250);
  room.take('three', 0, 40);
  // Of 125.
  assert.deepEqual(room.fullAccounts(125), ['one', 'two']);
  room.take('three', 0, 24);
  assert.deepEqual(room.fullAccounts(125), ['one', 'two', 'three']);
  assert.equal(room.release('three', 0), true);
});
