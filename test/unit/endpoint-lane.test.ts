import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '#src/domain/messages/message.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { QueuedDelivery } from '#src/pipeline/dispatch/endpoint-lane.ts';
import { failingLane, finish, lane, takeAll } from '#test/support/lane.ts';

describe('the window of an endpoint', () => {
  test('sends in order, and one more at a time with every good answer', () => {
    const { lane: subject, deliveries } = lane(2000);
    let taken = takeAll(subject);
    assert.deepEqual(taken, deliveries.slice(0, 4));
    for (const expected of [8, 16, 32, 64, 64]) {
      finish(subject, taken, 'good');
      taken = takeAll(subject);
      assert.equal(taken.length, expected);
    }
  });

  test('opens beyond 32 only as long as answers are quick, and closes to 32 when they are no more', () => {
    const { clock, lane: subject } = lane(2000);
    let taken = takeAll(subject);
    const answersAfter = (ms: number) => {
      clock.ms += ms;
      finish(subject, taken, 'good');
      taken = takeAll(subject);
      return taken.length;
    };
    assert.deepEqual(
      [8, 16, 32, 32],
      Array.from({ length: 4 }, () => answersAfter(250)),
    );
    assert.equal(answersAfter(249), 64);
    assert.equal(answersAfter(250), 32);
  });

  test('opens where nothing is accepted only as long as the sends do not queue, however far the receiver is', () => {
    const openedWith = ({
      tookMs,
      accepts,
    }: {
      tookMs: (sends: number, index: number) => number;
      accepts: boolean;
    }) => {
      const { clock, lane: subject } = lane(10_000, { accepts });
      const inFlight = takeAll(subject);
      for (let index = 0; index < 5000; index += 1) {
        const oldest = inFlight.shift() as QueuedDelivery;
        oldest.startedAtMs = clock.ms - tookMs(inFlight.length + 1, index);
        finish(subject, [oldest], 'good');
        inFlight.push(...takeAll(subject));
      }
      return inFlight.length;
    };
    const far = () => 50;
    const varying = (_: number, index: number) => (index % 2 === 0 ? 10 : 100);
    // One millisecond of the machine for each that is in flight.
    const busy = (sends: number) => 2 + sends;
    assert.equal(openedWith({ tookMs: far, accepts: false }), 64);
    assert.equal(openedWith({ tookMs: busy, accepts: true }), 64);
    assert.equal(openedWith({ tookMs: varying, accepts: false }), 64);
    const opened = openedWith({ tookMs: busy, accepts: false });
    assert.ok(opened >= 8 && opened <= 20, `${String(opened)} in flight`);
  });

  test('is of a slow receiver while the last answer, or the oldest send in flight, takes a quarter of a second', () => {
    const { clock, lane: subject } = lane(100);
    const taken = takeAll(subject);
    assert.equal(subject.isSlow, undefined);
    clock.ms += 250;
    assert.equal(subject.isSlow, true, 'no answer yet');
    assert.equal(subject.pending, 100, 'with those in flight');
    finish(subject, taken, 'good');
    assert.equal(subject.isSlow, true, 'the last answer');
    finish(subject, takeAll(subject), 'good');
    assert.equal(subject.isSlow, false);
    assert.equal(failingLane(1).lane.isSlow, true);
  });

  test('halves with every timeout or 5xx, down to one', () => {
    const { lane: subject } = lane(100);
    finish(subject, takeAll(subject), 'overloaded');
    assert.equal(takeAll(subject).length, 1);
  });

  test('halves once for all that were in flight together, so one that fails every second time has several', () => {
    const { clock, lane: subject } = lane(1000);
    let taken = takeAll(subject);
    for (const expected of [8, 16, 16, 16]) {
      clock.ms += 100;
      const isHalf = taken.length === 16;
      for (const [index, delivery] of taken.entries()) {
        clock.ms += 1;
        finish(subject, [delivery], isHalf && index % 2 === 0 ? 'overloaded' : 'good');
      }
      taken = takeAll(subject);
      assert.equal(taken.length, expected);
    }
  });

  test('stays as it was after a delivery that was not sent, because that says nothing about the receiver', () => {
    const { lane: subject } = lane(100);
    finish(subject, takeAll(subject), 'unsent');
    assert.equal(takeAll(subject).length, 4);
  });

  test('is forgotten a minute after the last answer', () => {
    const { clock, lane: subject } = lane(1);
    const taken = takeAll(subject);
    clock.ms += 60_001;
    assert.equal(subject.isEvictable, false);
    finish(subject, taken, 'good');
    assert.equal(subject.isEvictable, false);
    clock.ms += 60_001;
    assert.equal(subject.isEvictable, true);
  });
});

describe('a receiver that hangs', () => {
  test('is one that is slow, however much waits for a quick one', () => {
    const { clock, lane: subject } = lane(3000);
    takeAll(subject);
    clock.ms += 900;
    assert.deepEqual(subject.spill(), []);
  });

  test('keeps one window of what waits, the oldest', () => {
    const { clock, lane: subject, deliveries } = lane(100);
    takeAll(subject);
    clock.ms += 1000;
    assert.deepEqual(subject.spill(), deliveries.slice(8));
    assert.equal(subject.waiting, 4);
    assert.equal(subject.snoozeSeconds(0.5), 5);
  });

  test('gets a second send, which tells whether it always does, and no third', () => {
    const { add, clock, lane: subject } = lane(1);
    assert.equal(takeAll(subject).length, 1);
    clock.ms += 1000;
    add(5);
    assert.equal(takeAll(subject).length, 1, 'although the window is four');
  });

  test('gets more as soon as one of two answers', () => {
    const { add, clock, lane: subject, deliveries } = lane(1);
    takeAll(subject);
    clock.ms += 1000;
    add(5);
    takeAll(subject);
    finish(subject, deliveries, 'good');
    assert.equal(takeAll(subject).length, 4);
  });
});

describe('an endpoint has room for what it was spilled', () => {
  test('when it is well: four windows, less what waits and is in flight; none while a window of it waits', () => {
    const { add, clock, lane: subject } = failingLane(1);
    assert.equal(subject.room, 0, 'its circuit is open');
    clock.ms += 500;
    const trial = takeAll(subject);
    assert.equal(subject.room, 0, 'no answer yet');
    finish(subject, trial, 'good');
    assert.equal(subject.room, 4);
    add(1);
    assert.equal(subject.room, 0, 'one waits, and the window is one');
    const [first] = takeAll(subject);
    assert.equal(subject.room, 3);
    finish(subject, [first as QueuedDelivery], 'good');
    assert.equal(subject.room, 8);
  });

  test('of one window while it is slow; none when it hangs, nor after a bad answer, nor while a hold is on', () => {
    const { add, clock, lane: subject } = lane(1);
    assert.equal(subject.room, 0, 'nothing is known of it');
    const answer = (tookMs: number, signal: 'good' | 'overloaded') => {
      const taken = takeAll(subject);
      clock.ms += tookMs;
      finish(subject, taken, signal);
      add(1);
      return subject.room;
    };
    assert.equal(answer(249, 'good'), 19);
    assert.equal(answer(250, 'good'), 5, 'a window of six, of which one waits');
    assert.equal(answer(1000, 'good'), 0);
    assert.ok(answer(1, 'good') > 0);
    assert.equal(answer(1, 'overloaded'), 0);
    assert.ok(answer(1, 'good') > 0);
    takeAll(subject);
    const room = () => subject.room;
    const before = room();
    clock.ms += 250;
    assert.ok(room() > 0 && room() < before, 'an answer is late');
    clock.ms += 750;
    assert.equal(subject.room, 0, 'it hangs');
    clock.ms -= 1000;
    subject.beginHold({ appId: '', endpointId: '', url: '', seconds: 1 }, clock.ms + 1000);
    assert.equal(subject.room, 0);
  });
});

test('nothing asks an endpoint that was not well while nothing waits for it or is in flight', () => {
  const { add, clock, lane: subject } = failingLane(0);
  assert.equal(subject.isUnasked, true);
  add(1);
  assert.equal(subject.isUnasked, false);
  clock.ms += 500;
  const trial = takeAll(subject);
  assert.deepEqual([trial.length, subject.isUnasked], [1, false]);
  finish(subject, trial, 'good');
  assert.equal(subject.isUnasked, false, 'it is well');
  const late = (add(1), takeAll(subject));
  clock.ms += 1000;
  finish(subject, late, 'good');
  assert.deepEqual(
    [subject.room, subject.isUnasked],
    [0, true],
    'its answer was good, and too late for a recall',
  );
  subject.beginHold({ appId: '', endpointId: '', url: '', seconds: 1 }, clock.ms + 1000);
  finish(subject, add(1), 'overloaded');
  assert.equal(subject.isUnasked, false, 'it asked to be left alone');
});

describe('live traffic', () => {
  test('goes before retries, replays and snoozed deliveries, which have one send in four', () => {
    const { add, lane: subject } = lane(0);
    const backlog = add(100, { dueAt: '2026-01-01T00:00:00.000Z' });
    const live = add(100);
    const sent: QueuedDelivery[] = [];
    while (sent.length < 12) {
      const taken = takeAll(subject);
      finish(subject, taken, 'good');
      sent.push(...taken);
    }
    const [first, second, third] = backlog;
    assert.deepEqual(sent, [
      ...[...live.slice(0, 3), first],
      ...[...live.slice(3, 6), second],
      ...[...live.slice(6, 9), third],
    ]);
  });

  test('is what was accepted, or was to be sent, in the last seconds', () => {
    const { add, clock, lane: subject } = lane(0);
    const [old] = add(1, { message: { id: uuidv7(clock.ms - 10_000), deliverAt: null } as Message });
    const [dueNow] = add(1, {
      message: { id: uuidv7(clock.ms - 10_000), deliverAt: new Date(clock.ms) } as Message,
    });
    const [fresh] = add(1);
    assert.deepEqual(takeAll(subject), [dueNow, fresh, old]);
  });
});
