import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '#test/support/eventually.ts';
import { LoopLoad } from '#src/pipeline/dispatch/loop-load.ts';

test('a process is busy while its event loop has no idle time, and not after a time that was mostly idle', async () => {
  // Before the first turn of the event loop there is nothing to measure.
  await pause(1);
  const load = new LoopLoad();
  assert.equal(load.isBusy, false);
  load.measure();
  const untilMs = performance.now() + 20;
  while (performance.now() < untilMs);
  load.measure();
  assert.equal(load.isBusy, true);
  // Idle time is what is measured; a busy machine may leave a process that waits none for a while.
  await eventually('idle', async () => {
    await pause(50);
    load.measure();
    return !load.isBusy;
  });
});
