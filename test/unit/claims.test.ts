import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claims } from '#src/pipeline/dispatch/reservations.ts';
import { Room } from '#src/pipeline/dispatch/memory-budget.ts';

const claimOf = (accountId: string, deliveries: number) => ({ accountId, deliveries, bytes: 0 });

/** An account alone may have 500 of these 1,000. */
function fullFor(accountId: string) {
  const room = new Room({ deliveries: 1000, bytes: 1000 });
  room.take(accountId, 0, 500);
  return { room, claims: new Claims(room) };
}

test('a place is granted at once where there is room, and taken', async () => {
  const room = new Room({ deliveries: 1000, bytes: 1000 });
  assert.equal(await new Claims(room).take(claimOf('one', 400)), true);
  assert.equal(room.isFor('one', 100), true);
  assert.equal(room.isFor('one', 101), false);
});

test('who finds none gets one when it becomes free, those who came first before others', async () => {
  const { room, claims } = fullFor('one');
  const granted: string[] = [];
  const waiting = [
    claims.take(claimOf('one', 40)).then((isGranted) => granted.push(`first ${String(isGranted)}`)),
    claims.take(claimOf('one', 1)).then((isGranted) => granted.push(`second ${String(isGranted)}`)),
  ];
  room.release('one', 0, 39);
  claims.serve('one');
  room.release('one', 0, 2);
  claims.serve('one');
  await Promise.all(waiting);
  assert.deepEqual(granted, ['first true', 'second true']);
  assert.equal(room.isFor('one', 1), false);
});

test('who waits holds up nobody of another account', async () => {
  const { room, claims } = fullFor('one');
  const waiting = claims.take(claimOf('one', 1));
  assert.equal(await claims.take(claimOf('two', 250)), true);
  room.release('one', 0, 500);
  claims.serve('one');
  assert.equal(await waiting, true);
});

test('who waited in vain is told so, leaves the line, and has taken nothing', async () => {
  const { room, claims } = fullFor('one');
  assert.equal(await claims.take(claimOf('one', 1)), false);
  room.release('one', 0, 1);
  claims.serve('one');
  assert.equal(room.isFor('one', 1), true);
  assert.equal(await claims.take(claimOf('one', 1)), true);
});
