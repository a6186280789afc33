import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reservations } from '#src/pipeline/dispatch/reservations.ts';
import { MemoryBudget } from '#src/pipeline/dispatch/memory-budget.ts';

const isIdle = () => false;
const reservationOf = (accountId: string, deliveries: number) => ({ accountId, deliveries, bytes: 0 });

/** An account alone may have 500 of these 1,000. */
function fullFor(accountId: string) {
  const budget = new MemoryBudget({ deliveries: 1000, bytes: 1000 });
  budget.hold(accountId, 0, 500);
  return { budget, reservations: new Reservations(budget, isIdle) };
}

/** Alone, an account may have 1,536 deliveries in a busy process. */
function busyWith(held: Record<string, number>) {
  const budget = new MemoryBudget({ deliveries: 10_000, bytes: 1000 });
  for (const [accountId, deliveries] of Object.entries(held)) budget.hold(accountId, 0, deliveries);
  const load = { isBusy: true };
  return { budget, load, reservations: new Reservations(budget, () => load.isBusy) };
}

test('a reservation is granted at once while there is capacity, and holds it', async () => {
  const budget = new MemoryBudget({ deliveries: 1000, bytes: 1000 });
  assert.equal(await new Reservations(budget, isIdle).reserve(reservationOf('one', 400)), 'memory');
  assert.equal(budget.canHold('one', 100), true);
  assert.equal(budget.canHold('one', 101), false);
});

test('reservations that wait are granted when capacity is released, first come first served', async () => {
  const { budget, reservations } = fullFor('one');
  const granted: string[] = [];
  const waiting = [
    reservations.reserve(reservationOf('one', 40)).then((admission) => granted.push(`first ${admission}`)),
    reservations.reserve(reservationOf('one', 1)).then((admission) => granted.push(`second ${admission}`)),
  ];
  budget.release('one', 0, 39);
  reservations.grantWaiting('one');
  budget.release('one', 0, 2);
  reservations.grantWaiting('one');
  await Promise.all(waiting);
  assert.deepEqual(granted, ['first memory', 'second memory']);
  assert.equal(budget.canHold('one', 1), false);
});

test('a reservation that waits holds up no other account', async () => {
  const { budget, reservations } = fullFor('one');
  const waiting = reservations.reserve(reservationOf('one', 1));
  assert.equal(await reservations.reserve(reservationOf('two', 250)), 'memory');
  budget.release('one', 0, 500);
  reservations.grantWaiting('one');
  assert.equal(await waiting, 'memory');
});

test('a message that waited too long goes to the queue, waits no more, and holds no capacity', async () => {
  const { budget, reservations } = fullFor('one');
  assert.equal(await reservations.reserve(reservationOf('one', 1)), 'queue');
  budget.release('one', 0, 1);
  reservations.grantWaiting('one');
  assert.equal(budget.canHold('one', 1), true);
  assert.equal(await reservations.reserve(reservationOf('one', 1)), 'memory');
});

test('in a busy process a message waits while its account has enough in memory, however much memory is left', async () => {
  const { budget, reservations } = busyWith({ one: 1536 });
  const order: string[] = [];
  const waiting = reservations.reserve(reservationOf('one', 1)).then((admission) => order.push(admission));
  assert.equal(await reservations.reserve(reservationOf('two', 100)), 'memory', 'another account');
  reservations.grantWaiting('one');
  order.push('still full');
  budget.release('one', 0, 60);
  reservations.grantWaiting('one');
  await waiting;
  assert.deepEqual(order, ['still full', 'memory']);
});

test('as soon as the process is no longer busy, the next release grants what waits', async () => {
  const { budget, load, reservations } = busyWith({ one: 2000 });
  const waiting = reservations.reserve(reservationOf('one', 1));
  load.isBusy = false;
  budget.release('one', 0, 1);
  reservations.grantWaiting('one');
  assert.equal(await waiting, 'memory');
});

test('a message of the account that has most is refused when it waited for long in a busy process, of another queued', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { reservations } = busyWith({ one: 1800, two: 700 });
  const both = ['one', 'two'].map((accountId) => reservations.reserve(reservationOf(accountId, 1)));
  t.mock.timers.tick(5000);
  assert.deepEqual(await Promise.all(both), ['overload', 'memory']);
});

test('when 1,000 messages of an account wait in a busy process, more are refused at once', async () => {
  const { budget, load, reservations } = busyWith({ one: 1600 });
  const waiting = Array.from({ length: 1000 }, () => reservations.reserve(reservationOf('one', 1)));
  assert.equal(await reservations.reserve(reservationOf('one', 1)), 'overload');
  load.isBusy = false;
  budget.release('one', 0, 1);
  reservations.grantWaiting('one');
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['memory']));
});

test('a message to more endpoints than are enough is taken when its account has few in memory', async () => {
  const { reservations } = busyWith({ one: 31 });
  assert.equal(await reservations.reserve(reservationOf('one', 1500)), 'memory');
});

test('a reservation that waits for nothing takes what memory there is', () => {
  const { budget, reservations } = busyWith({ one: 1600 });
  assert.equal(reservations.reserveNow(reservationOf('one', 1)), true);
  budget.hold('one', 0, 3399);
  assert.equal(reservations.reserveNow(reservationOf('one', 1)), false);
});
