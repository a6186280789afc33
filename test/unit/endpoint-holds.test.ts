import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EndpointLane, type QueuedDelivery } from '#src/pipeline/dispatch/endpoint-lane.ts';
import { failingLane, finish, lane, takeAll } from '#test/support/lane.ts';

const holdFor = (seconds: number) => ({
  ...{ accountId: 'account', appId: 'app', endpointId: 'endpoint', url: 'https://acme.example/' },
  seconds,
});

describe('an endpoint that asked to be left alone', () => {
  test('gets nothing until then, and one at a time after it', () => {
    const { clock, lane: subject, add } = lane(4);
    const [first, ...others] = takeAll(subject);
    finish(subject, [first as QueuedDelivery], 'overloaded');
    subject.beginHold(holdFor(60));
    finish(subject, others, 'good');
    add(10);
    assert.equal(subject.canSend, false);
    clock.ms += 59_999;
    assert.deepEqual(takeAll(subject), []);
    clock.ms += 1;
    assert.equal(takeAll(subject).length, 1);
  });

  test('is not asked for trials by its open circuit either', () => {
    const { clock, lane: subject } = failingLane(5);
    subject.beginHold(holdFor(60));
    clock.ms += 30_000;
    assert.deepEqual(takeAll(subject), []);
    clock.ms += 30_000;
    assert.equal(takeAll(subject).length, 1);
  });

  test('gives back what waits, which returns after it, spread over time', () => {
    const { lane: subject, deliveries } = lane(100);
    subject.beginHold(holdFor(3600));
    assert.deepEqual(subject.spill(), deliveries);
    const waits = deliveries.map(() => subject.snoozeSeconds(0));
    assert.ok(waits.every((seconds) => seconds >= 3600));
    assert.ok(new Set(waits).size > 90);
    assert.ok(Math.max(...waits) < 3610);
  });

  test('keeps a few when it asked for seconds', () => {
    const { lane: subject } = lane(100);
    subject.beginHold(holdFor(5));
    assert.equal(subject.spill().length, 92);
  });

  test('is remembered until then, by the longest of the times that it named', () => {
    const { clock, lane: subject, add } = lane(0);
    subject.beginHold(holdFor(3600));
    subject.beginHold(holdFor(1));
    clock.ms += 3_599_000;
    add(1);
    assert.deepEqual([subject.canSend, subject.hold], [false, holdFor(3600)]);
    clock.ms += 1000;
    assert.deepEqual([subject.canSend, subject.hold], [true, undefined]);
  });

  test('is not forgotten before that time, though nothing waits', () => {
    const { clock, lane: subject } = lane(0);
    subject.beginHold(holdFor(3600));
    clock.ms += 3_599_999;
    assert.equal(subject.isEvictable, false);
    clock.ms += 1;
    assert.equal(subject.isEvictable, true);
  });
});

describe('a snoozed delivery', () => {
  const snooze = (subject: EndpointLane, count: number) =>
    Array.from({ length: count }, () => subject.snoozeSeconds(0.5));

  test('comes back after five seconds, then twenty a second, behind those that were snoozed before', () => {
    const { clock, lane: subject } = lane(0);
    const seconds = snooze(subject, 10_000);
    assert.deepEqual(seconds.slice(0, 3), [5, 5.05, 5.1]);
    assert.equal(Math.round(seconds.at(-1) ?? 0), 505);
    clock.ms += 100_000;
    assert.equal(Math.round(subject.snoozeSeconds(0.5)), 405);
    clock.ms += 600_000;
    assert.deepEqual(snooze(subject, 2), [5, 5.05]);
  });

  test('comes back within an hour, however many there are', () => {
    const { lane: subject } = lane(0);
    assert.equal(Math.max(...snooze(subject, 80_000)), 3600);
  });

  test('has its endpoint remembered until all is back', () => {
    const { clock, lane: subject } = lane(0);
    snooze(subject, 10_000);
    clock.ms += 500_000;
    assert.equal(subject.isEvictable, false);
    clock.ms += 10_000;
    assert.equal(subject.isEvictable, true);
  });
});
