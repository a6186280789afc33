import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backgroundJobs, type JobDependencies } from '#src/boot/background-jobs.ts';
import { BACKGROUND_QUEUES } from '#src/infra/queue/jobs.ts';

test('every background queue has a handler, and there is no handler without a queue', () => {
  const jobs = backgroundJobs({} as JobDependencies);
  assert.deepEqual(Object.keys(jobs).sort(), [...BACKGROUND_QUEUES].sort());
});
