import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { QueuedDelivery } from '#src/pipeline/dispatch/endpoint-lane.ts';
import { failingLane, finish, lane, takeAll } from '#test/support/lane.ts';

describe('an endpoint with an open circuit', () => {
  test('is one whose last five sends found it overloaded: it gets a trial each half second', () => {
    const { clock, lane: subject } = failingLane(100);
    assert.equal(subject.isCircuitOpen, true);
    for (let trial = 0; trial < 3; trial += 1) {
      assert.equal(subject.canSend, false);
      clock.ms += 500;
      const taken = takeAll(subject);
      assert.deepEqual(
        taken.map(({ isHalfOpenTrial }) => isHalfOpenTrial),
        [true],
      );
      finish(subject, taken, 'overloaded');
    }
  });

  test('gets no more than four trials that hang', () => {
    const { clock, lane: subject } = failingLane(100);
    let sent = 0;
    for (let tick = 0; tick < 20; tick += 1) {
      clock.ms += 500;
      sent += takeAll(subject).length;
    }
    assert.equal(sent, 4);
  });

  test('closes its circuit after one success, but begins with one send at a time', () => {
    const { clock, lane: subject } = failingLane(100);
    clock.ms += 500;
    let taken = takeAll(subject);
    for (const expected of [1, 2, 4, 8]) {
      finish(subject, taken, 'good');
      taken = takeAll(subject);
      assert.equal(taken.length, expected);
    }
    assert.equal(subject.isCircuitOpen, false);
  });

  test('keeps the few that have most attempts behind them, and then the oldest', () => {
    const { add, clock, lane: subject, deliveries } = failingLane(100);
    const dueAt = '2026-01-01T00:00:00.000Z';
    const snooze = add(20, { dueAt });
    const second = add(3, { attemptsMade: 1, dueAt });
    const third = add(3, { attemptsMade: 2, dueAt });
    assert.deepEqual(subject.spill(), [...snooze.slice(2), ...deliveries]);
    const kept: QueuedDelivery[] = [];
    while (subject.waiting > 0) {
      clock.ms += 500;
      const taken = takeAll(subject);
      finish(subject, taken, 'overloaded');
      kept.push(...taken);
    }
    assert.deepEqual(kept, [...third, ...second, ...snooze.slice(0, 2)]);
  });

  test('has the rest snoozed for as long as it has been failing, within bounds', () => {
    const { clock, lane: subject } = failingLane(100);
    assert.equal(subject.snoozeSeconds(0.5), 5);
    clock.ms += 40_000;
    assert.equal(subject.snoozeSeconds(0.5), 40);
    clock.ms += 3_600_000;
    assert.equal(subject.snoozeSeconds(0.5), 300);
  });

  test('is remembered for a quarter of an hour', () => {
    const { clock, lane: subject } = failingLane(0);
    clock.ms += 60_001;
    assert.equal(subject.isEvictable, false);
    clock.ms += 900_000;
    assert.equal(subject.isEvictable, true);
  });

  test('is not one that answers, whatever it says', () => {
    const { lane: subject } = lane(40);
    for (let count = 0; count < 5; count += 1) {
      const [first, ...rest] = takeAll(subject);
      finish(subject, rest, 'overloaded');
      if (first !== undefined) finish(subject, [first], 'good');
    }
    assert.equal(subject.isCircuitOpen, false);
  });
});
