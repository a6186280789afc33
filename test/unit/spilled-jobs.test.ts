import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import type { EndpointLane } from '#src/pipeline/dispatch/endpoint-lane.ts';
import { Recall, type RecallDependencies } from '#src/pipeline/dispatch/recall.ts';
import { SpilledJobs } from '#src/pipeline/dispatch/spilled-jobs.ts';
import { eventually } from '#test/support/eventually.ts';
import { createStillClock } from '#test/support/still-clock.ts';

const HOUR_MS = 3_600_000;

function setUp() {
  const clock = createStillClock();
  const jobs = new SpilledJobs(clock);
  const laneOf = (accountId: string, room: number) => ({
    accountId,
    room,
    isUnasked: false,
    returned: 0,
    forgetReturns() {
      this.returned += 1;
    },
  });
  const spill = (lane: ReturnType<typeof laneOf>, count: number, { name = 'job', inMs = HOUR_MS } = {}) => {
    for (let index = 0; index < count; index += 1)
      jobs.add(lane, { id: `${name} ${String(index)}`, dueAtMs: clock.now() + inMs });
  };
  const taken = (accountId = 'account') => jobs.take().get(accountId) ?? [];
  return { clock, jobs, laneOf, spill, taken };
}

describe('the jobs of what was spilled', () => {
  test('come back one, two, four, as far as the endpoint has room, in their order', () => {
    const { laneOf, spill, taken } = setUp();
    const lane = laneOf('account', 6);
    spill(lane, 20);
    const batches = Array.from({ length: 6 }, () => taken());
    assert.deepEqual(
      batches.map(({ length }) => length),
      [1, 2, 4, 6, 6, 1],
    );
    assert.deepEqual(
      batches.flat(),
      Array.from({ length: 20 }, (_, index) => `job ${String(index)}`),
    );
    assert.equal(lane.returned, 0, 'the last are not back yet');
    assert.deepEqual([taken(), taken()], [[], []]);
    assert.equal(lane.returned, 1, 'once, when all are back');
  });

  test('are not all back while others of their endpoint return by their own times', () => {
    const { clock, jobs, laneOf, spill, taken } = setUp();
    const [refused, failed, spilledAgain] = [laneOf('one', 0), laneOf('two', 1), laneOf('three', 1)];
    spill(laneOf('one', 0), 20_000);
    spill(refused, 1);
    spill(failed, 1);
    spill(spilledAgain, 1);
    assert.deepEqual([taken('two').length, jobs.size], [1, 20_000]);
    jobs.leave('two');
    spill(spilledAgain, 1);
    spilledAgain.room = 0;
    jobs.take();
    assert.deepEqual([refused.returned, failed.returned, spilledAgain.returned], [0, 0, 0]);
    clock.move(3600);
    jobs.take();
    jobs.take();
    assert.deepEqual([refused.returned, failed.returned, spilledAgain.returned], [1, 1, 1]);
  });

  test('stay where they are while the endpoint has no room, and begin anew with one when more are spilled', () => {
    const { laneOf, spill, taken } = setUp();
    const lane = laneOf('account', 0);
    spill(lane, 20);
    assert.deepEqual(taken(), []);
    lane.room = 100;
    assert.deepEqual([taken().length, taken().length, taken().length], [1, 2, 4]);
    spill(lane, 1, { name: 'again' });
    assert.deepEqual([taken().length, taken().length], [1, 2]);
  });

  test('ask an endpoint that nothing else asks, one after 5, 10, 20, 40 and then every 60 seconds', () => {
    const { clock, laneOf, spill, taken } = setUp();
    const lane = laneOf('account', 0);
    spill(lane, 20);
    const takenIn = (seconds: number) =>
      Array.from({ length: seconds }, (_, second) => {
        clock.move(1);
        return taken().length > 0 ? [second + 1] : [];
      }).flat();
    assert.deepEqual(takenIn(10), [], 'another is on its way there');
    lane.isUnasked = true;
    const now = clock.now;
    clock.now = () => now() - HOUR_MS;
    assert.deepEqual(takenIn(200), [1, 11, 31, 71, 131, 191], 'by a clock that nobody sets back');
    clock.now = now;
    spill(lane, 1, { name: 'again' });
    assert.deepEqual(takenIn(20), [5, 15]);
    Object.assign(lane, { room: 100, isUnasked: false });
    assert.deepEqual([taken().length, taken().length], [1, 2], 'as they begin');
  });

  test('ask at their next turn where others had all the turns of their account', () => {
    const { clock, laneOf, spill, taken } = setUp();
    const well = [laneOf('account', 256), laneOf('account', 256)];
    for (const lane of well) spill(lane, 2000);
    assert.equal(Array.from({ length: 9 }, () => taken().length).at(-1), 500, 'all that an account has');
    const failing = laneOf('account', 0);
    spill(failing, 1, { name: 'failing' });
    clock.move(5);
    failing.isUnasked = true;
    const asked = [taken(), taken()].map((ids) => ids.includes('failing 0'));
    assert.deepEqual(asked, [false, true]);
  });

  test('are forgotten when their time has come', () => {
    const { clock, jobs, laneOf, spill, taken } = setUp();
    const lane = laneOf('account', 0);
    spill(lane, 5, { name: 'first', inMs: 5000 });
    spill(lane, 5, { name: 'second', inMs: 60_000 });
    clock.move(5);
    assert.deepEqual([taken(), jobs.size], [[], 5]);
    lane.room = 10;
    assert.deepEqual(taken(), ['second 0']);
    clock.move(60);
    assert.deepEqual([taken(), jobs.size], [[], 0]);
  });

  test('of several endpoints of an account come back in turns, five hundred at once', () => {
    const { laneOf, spill, taken } = setUp();
    const lanes = [laneOf('account', 400), laneOf('account', 400)];
    for (const [index, lane] of lanes.entries()) spill(lane, 5000, { name: String(index) });
    for (let turn = 0; turn < 9; turn += 1) taken();
    const turns = [taken(), taken()];
    const of = (name: string) => turns.map((ids) => ids.filter((id) => id.startsWith(name)).length);
    assert.deepEqual(
      [of('0 ').toSorted(), of('1 ').toSorted()],
      [
        [100, 400],
        [100, 400],
      ],
    );
  });

  test('are remembered of an account up to half of what the others leave', () => {
    const { jobs, laneOf, spill } = setUp();
    spill(laneOf('one', 0), 30_000);
    assert.equal(jobs.size, 20_000);
    spill(laneOf('one', 0), 1);
    assert.equal(jobs.size, 20_000);
    spill(laneOf('two', 0), 30_000);
    assert.equal(jobs.size, 30_000);
  });
});

describe('a recall', () => {
  /** With a job of each of so many accounts, and a database that fails when it is told to. */
  async function recallOf(accounts: number) {
    const clock = createStillClock();
    const connected = Promise.withResolvers<never>();
    const counted = { connects: 0, warnings: 0, returned: 0 };
    const deps = {
      clock,
      queue: {},
      pool: { connect: () => ((counted.connects += 1), connected.promise) },
      logger: { warn: () => (counted.warnings += 1) },
    };
    const recall = new Recall(deps as unknown as RecallDependencies, () => undefined);
    for (let index = 0; index < accounts; index += 1) {
      const lane = { accountId: String(index), room: 1, forgetReturns: () => (counted.returned += 1) };
      const outcome = { id: 'job', delivery: {}, nextAttemptAt: new Date(clock.now() + HOUR_MS) };
      await recall.remember(
        lane as unknown as EndpointLane,
        outcome as unknown as DeliveryOutcome,
        Promise.resolve(true),
      );
    }
    const fail = () => {
      connected.reject(new Error('the database is away'));
    };
    return { counted, fail, recall };
  }

  test('of one account that fails does not end those of others, and what it was of returns by its own time', async () => {
    const { counted, fail, recall } = await recallOf(3);
    recall.run();
    fail();
    await eventually('all tried', () => counted.warnings === 3);
    await recall.stop();
    recall.run();
    assert.deepEqual(counted, { connects: 3, warnings: 3, returned: 0 });
  });

  test('is of no further account once the process stops', async () => {
    const { counted, fail, recall } = await recallOf(3);
    recall.run();
    const stopped = recall.stop();
    fail();
    await stopped;
    assert.deepEqual(counted, { connects: 1, warnings: 1, returned: 0 });
  });
});
