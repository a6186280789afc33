import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SteadyTime } from '#src/infra/queue/steady-time.ts';

const WINDOW_MS = 60_000;
const HOUR_MS = 3_600_000;

function steadyTime() {
  let passedMs = 5_000_000;
  const clock = { now: () => 0, monotonicNow: () => passedMs };
  const subject = new SteadyTime(clock, WINDOW_MS);
  /** What the database says `ms` later, when its clock was set forward by `stepMs` since the start. */
  return {
    after: (ms: number, stepMs = 0) => subject.aheadMs((passedMs += ms) + 1_800_000_000_000 + stepMs),
  };
}

test('a clock that goes with the time that passes is not ahead, however late an answer came', () => {
  const { after } = steadyTime();
  assert.deepEqual([after(0), after(1000), after(100_000)], [0, 0, 0]);
  // The answer took two seconds, in which the monotonic clock went on.
  assert.equal(after(2000, -2000), 0);
});

test('a clock that was set forward is ahead by the step, until the window has passed', () => {
  const { after } = steadyTime();
  assert.deepEqual(
    [after(0), after(500), after(500, HOUR_MS), after(WINDOW_MS - 1500, HOUR_MS)],
    [0, 0, HOUR_MS, HOUR_MS],
  );
  assert.equal(after(2001, HOUR_MS), 0);
});

test('a clock that was set back is not ahead, and one that comes back from there is', () => {
  const { after } = steadyTime();
  assert.deepEqual([after(0), after(1000, -HOUR_MS), after(1000)], [0, 0, HOUR_MS]);
});
