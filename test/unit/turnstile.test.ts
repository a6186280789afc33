import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSemaphore } from '#src/infra/lib/semaphore.ts';

test("nobody waits behind another's many", async () => {
  const inTurn = createSemaphore(2);
  const ended: string[] = [];
  const delivery = (name: string) =>
    inTurn(async () => {
      await Promise.resolve();
      ended.push(name);
    }, name);
  await Promise.all([...Array.from({ length: 20 }, () => delivery('many')), delivery('one')]);
  assert.equal(ended.length, 21);
  assert.ok(ended.indexOf('one') < 6, ended.join(' '));
});

test('no more run at once than there are places, and one that fails gives its place back', async () => {
  const inTurn = createSemaphore(2);
  let [running, most] = [0, 0];
  const delivery = async () => {
    most = Math.max(most, (running += 1));
    await Promise.resolve();
    running -= 1;
    throw new Error('fails');
  };
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => inTurn(delivery)));
  assert.deepEqual([most, outcomes.length, running], [2, 6, 0]);
});
