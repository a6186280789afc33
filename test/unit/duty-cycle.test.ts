import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createDutyCycle } from '#src/infra/lib/duty-cycle.ts';

test('long pieces of work begin one after the other, keys in round robin, each after a pause', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const turn = createDutyCycle();
  const begun: string[] = [];
  const work = async (key: string, tookMs: number) => {
    await turn(key);
    begun.push(key);
    nowMs += tookMs;
  };
  const all = ['one', 'one', 'one', 'other'].map((key) => work(key, 40));
  await nextTurn();
  await nextTurn();
  assert.deepEqual(begun, ['one'], 'the first begins at once, the next not before the pause is over');
  t.mock.timers.tick(39);
  await nextTurn();
  assert.deepEqual(begun, ['one']);
  for (let pause = 0; pause < 3; pause += 1) {
    t.mock.timers.tick(40);
    await nextTurn();
    await nextTurn();
  }
  await Promise.all(all);
  assert.deepEqual(begun, ['one', 'one', 'other', 'one']);
});

test('short pieces begin in one turn of the event loop, until they took long together', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const turn = createDutyCycle();
  let begun = 0;
  const work = async () => {
    await turn('one');
    begun += 1;
    nowMs += 2;
  };
  for (let n = 0; n < 5; n += 1) void work();
  await nextTurn();
  assert.equal(begun, 3, 'two more would make it ten milliseconds');
  t.mock.timers.tick(6);
  await nextTurn();
  assert.equal(begun, 5);
});
