import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reservations } from '#src/pipeline/dispatch/reservations.ts';
import { MemoryBudget } from '#src/pipeline/dispatch/memory-budget.ts';

const reservationOf = (accountId: string, deliveries: number) => ({ accountId, deliveries, bytes: 0 });

/** An account alone may have 500 of these 1,000. */
function fullFor(accountId: string) {
  const budget = new MemoryBudget({ deliveries: 1000, bytes: 1000 });
  budget.hold(accountId, 0, 500);
  return { budget, reservations: new Reservations(budget) };
}

test('a reservation is granted at once while there is capacity, and holds it', async () => {
  const budget = new MemoryBudget({ deliveries: 1000, bytes: 1000 });
  assert.equal(await new Reservations(budget).reserve(reservationOf('one', 400)), true);
  assert.equal(budget.canHold('one', 100), true);
  assert.equal(budget.canHold('one', 101), false);
});

test('reservations that wait are granted when capacity is released, first come first served', async () => {
  const { budget, reservations } = fullFor('one');
  const granted: string[] = [];
  const waiting = [
    reservations
      .reserve(reservationOf('one', 40))
      .then((isGranted) => granted.push(`first ${String(isGranted)}`)),
    reservations
      .reserve(reservationOf('one', 1))
      .then((isGranted) => granted.push(`second ${String(isGranted)}`)),
  ];
  budget.release('one', 0, 39);
  reservations.grantWaiting('one');
  budget.release('one', 0, 2);
  reservations.grantWaiting('one');
  await Promise.all(waiting);
  assert.deepEqual(granted, ['first true', 'second true']);
  assert.equal(budget.canHold('one', 1), false);
});

test('a reservation that waits holds up no other account', async () => {
  const { budget, reservations } = fullFor('one');
  const waiting = reservations.reserve(reservationOf('one', 1));
  assert.equal(await reservations.reserve(reservationOf('two', 250)), true);
  budget.release('one', 0, 500);
  reservations.grantWaiting('one');
  assert.equal(await waiting, true);
});

test('a reservation that waited too long is refused, waits no more, and holds no capacity', async () => {
  const { budget, reservations } = fullFor('one');
  assert.equal(await reservations.reserve(reservationOf('one', 1)), false);
  budget.release('one', 0, 1);
  reservations.grantWaiting('one');
  assert.equal(budget.canHold('one', 1), true);
  assert.equal(await reservations.reserve(reservationOf('one', 1)), true);
});
