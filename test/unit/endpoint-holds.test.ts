import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PoolClient } from 'pg';
import { announceHolds, readHold } from '#src/domain/deliveries/endpoint-hold.ts';
import type { EndpointLane, QueuedDelivery } from '#src/pipeline/dispatch/endpoint-lane.ts';
import { EndpointLanes } from '#src/pipeline/dispatch/endpoint-lanes.ts';
import { failingLane, finish, lane, takeAll } from '#test/support/lane.ts';
import { createStillClock } from '#test/support/still-clock.ts';

const holdFor = (seconds: number, { endpointId = 'endpoint', url = 'https://acme.example/' } = {}) => ({
  appId: 'app',
  endpointId,
  url,
  seconds,
});

const beginHold = (
  { clock, lane: subject }: Pick<ReturnType<typeof lane>, 'clock' | 'lane'>,
  seconds: number,
) => {
  subject.beginHold(holdFor(seconds), clock.ms + seconds * 1000);
};

describe('an endpoint that asked to be left alone', () => {
  test('gets nothing until then, and one at a time after it', () => {
    const made = lane(4);
    const { clock, lane: subject, add } = made;
    const [first, ...others] = takeAll(subject);
    finish(subject, [first as QueuedDelivery], 'overloaded');
    beginHold(made, 60);
    finish(subject, others, 'good');
    add(10);
    assert.equal(subject.canSend, false);
    clock.ms += 59_999;
    assert.deepEqual(takeAll(subject), []);
    clock.ms += 1;
    assert.equal(takeAll(subject).length, 1);
  });

  test('is not asked for trials by its open circuit either', () => {
    const made = failingLane(5);
    const { clock, lane: subject } = made;
    beginHold(made, 60);
    clock.ms += 30_000;
    assert.deepEqual(takeAll(subject), []);
    clock.ms += 30_000;
    assert.equal(takeAll(subject).length, 1);
  });

  test('gives back what waits, which returns after it, spread over time', () => {
    const made = lane(100);
    const { lane: subject, deliveries } = made;
    beginHold(made, 3600);
    assert.deepEqual(subject.spill(), deliveries);
    const waits = deliveries.map(() => subject.snoozeSeconds(0));
    assert.ok(waits.every((seconds) => seconds >= 3600));
    assert.ok(new Set(waits).size > 90);
    assert.ok(Math.max(...waits) < 3610);
  });

  test('keeps a few when it asked for seconds', () => {
    const made = lane(100);
    beginHold(made, 5);
    assert.equal(made.lane.spill().length, 92);
  });
});

describe('the holds of a process', () => {
  const makeLanes = () => {
    const clock = createStillClock();
    const lanes = new EndpointLanes({ clock, accepts: true });
    const of = (endpointId = 'endpoint') => lanes.of(endpointId, 'account');
    /** Whether a delivery that comes now has to wait. */
    const isHeld = (endpointId?: string) => {
      const subject = of(endpointId);
      subject.push({ message: { id: '', deliverAt: null } } as QueuedDelivery);
      return !subject.canSend;
    };
    return { clock, lanes, of, isHeld };
  };
  const evictAll = (lanes: EndpointLanes) => {
    for (const one of lanes) lanes.evict(one);
    return lanes.size;
  };

  test('make no lane where nothing waits, and are on the lane that is made later, until they are over', () => {
    const { clock, lanes, of, isHeld } = makeLanes();
    lanes.beginHold(holdFor(3600));
    assert.equal(lanes.size, 0);
    clock.move(3599);
    assert.deepEqual([isHeld(), of().hold], [true, holdFor(3600)]);
    clock.move(1);
    assert.deepEqual([of().canSend, of().hold], [true, undefined]);
  });

  test('are on the lane that is there', () => {
    const { lanes, of, isHeld } = makeLanes();
    const subject: EndpointLane = of();
    lanes.beginHold(holdFor(60));
    assert.deepEqual([subject.hold, isHeld()], [holdFor(60), true]);
  });

  test('outlive their lanes, which go when nothing has waited for a minute', () => {
    const { clock, lanes, of, isHeld } = makeLanes();
    of();
    lanes.beginHold(holdFor(3600));
    clock.move(60);
    assert.equal(evictAll(lanes), 1);
    clock.move(1);
    assert.equal(evictAll(lanes), 0);
    assert.equal(isHeld(), true);
  });

  test('end with the longest of the times that one URL named', () => {
    const { clock, lanes, isHeld } = makeLanes();
    lanes.beginHold(holdFor(3600));
    lanes.beginHold(holdFor(1));
    clock.move(3599);
    assert.equal(isHeld(), true);
    clock.move(1);
    assert.equal(isHeld(), false);
  });

  test('end with what the newest URL named', () => {
    const { clock, lanes, isHeld } = makeLanes();
    lanes.beginHold(holdFor(3600));
    lanes.beginHold(holdFor(1, { url: 'https://new.example/' }));
    clock.move(1);
    assert.equal(isHeld(), false);
  });

  test('that were ended stay so for the lane that comes after', () => {
    const { clock, lanes, of, isHeld } = makeLanes();
    lanes.beginHold(holdFor(3600));
    lanes.endHold(of());
    clock.move(61);
    assert.equal(evictAll(lanes), 0);
    assert.equal(isHeld(), false);
  });

  test('give the lane that comes after them a window of one', () => {
    const { clock, lanes, of, isHeld } = makeLanes();
    lanes.beginHold(holdFor(60));
    clock.move(60);
    for (let count = 0; count < 8; count += 1) assert.equal(isHeld(), false);
    assert.equal(takeAll(of()).length, 1);
  });

  test('are told to the others, the longest of an endpoint, and not heard by who tells them', async () => {
    const told: string[] = [];
    const client = { query: (_: string, [payload]: [string]) => Promise.resolve(told.push(payload)) };
    const holds = [holdFor(1), holdFor(60), holdFor(5, { endpointId: 'other' }), null];
    for (const announce of announceHolds(
      holds.map((hold) => ({ hold })),
      'self',
    ))
      await announce(client as unknown as PoolClient);
    assert.deepEqual(
      told.map((payload) => [readHold(payload, 'self'), readHold(payload, 'another')]),
      [holdFor(60), holdFor(5, { endpointId: 'other' })].map((hold) => [null, hold]),
    );
  });

  test('are bounded: the oldest goes first', () => {
    const { lanes, isHeld } = makeLanes();
    for (let index = 0; index <= 10_000; index += 1)
      lanes.beginHold(holdFor(60, { endpointId: String(index) }));
    assert.deepEqual([isHeld('0'), isHeld('1'), isHeld('10000')], [false, true, true]);
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

  test('comes back after five seconds again when all that were snoozed before it have returned early', () => {
    const { lane: subject } = lane(0);
    snooze(subject, 10_000);
    subject.forgetReturns();
    assert.deepEqual(snooze(subject, 2), [5, 5.05]);
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
