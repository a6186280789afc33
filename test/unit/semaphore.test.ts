import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSemaphore } from '#src/infra/lib/semaphore.ts';

test('a key with few waits for no key with many', async () => {
  const withPermit = createSemaphore(2);
  const ended: string[] = [];
  const work = (name: string) =>
    withPermit(async () => {
      await Promise.resolve();
      ended.push(name);
    }, name);
  await Promise.all([...Array.from({ length: 20 }, () => work('many')), work('one')]);
  assert.equal(ended.length, 21);
  assert.ok(ended.indexOf('one') < 6, ended.join(' '));
});

test('no more run at once than there are permits, and work that fails releases its permit', async () => {
  const withPermit = createSemaphore(2);
  let [running, max] = [0, 0];
  const work = async () => {
    max = Math.max(max, (running += 1));
    await Promise.resolve();
    running -= 1;
    throw new Error('fails');
  };
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => withPermit(work)));
  assert.deepEqual([max, outcomes.length, running], [2, 6, 0]);
});
