import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RunQueue } from '#src/domain/transformations/runtime/run-queue.ts';

/** A queue, and a thread that makes so many of its runs; a run is its account and the processor time that it takes. */
function setUp() {
  const queue = new RunQueue<[account: string, usedMs: number]>();
  const push = (account: string, usedMs: number, count = 1) => {
    for (let n = 0; n < count; n += 1) queue.push(account, [account, usedMs]);
  };
  const made = (count: number, meanwhile: () => void = () => undefined) => {
    let accounts = '';
    for (let n = 0; n < count; n += 1) {
      const [account, usedMs] = queue.shift() ?? ['-', 0];
      meanwhile();
      queue.end(account, usedMs);
      accounts += account;
    }
    return accounts;
  };
  return { queue, push, made };
}

describe('runs that wait for a thread', () => {
  test('are served in round robin where all take the same, in their order within an account', () => {
    const { push, made } = setUp();
    push('a', 10, 3);
    push('b', 10, 2);
    push('c', 10, 1);
    assert.equal(made(7), 'abcaba-');
  });

  test('go before those of an account that had more, as many as there are', () => {
    const { push, made } = setUp();
    push('a', 190, 5);
    push('b', 190, 5);
    assert.equal(made(3), 'aba');
    const first = made(1, () => {
      push('c', 1, 8);
    });
    assert.equal(first + made(11), 'bccccccccaba');
  });

  test('of an account that comes later are owed nothing for the time when it had none', () => {
    const { push, made } = setUp();
    push('a', 100, 20);
    assert.equal(made(10), 'a'.repeat(10));
    push('b', 100, 5);
    assert.equal(made(6), 'ababab');
  });

  test('have their turn though others come without end, each with few', () => {
    const { push, made } = setUp();
    push('a', 200, 2);
    push('x', 10);
    let number = 0;
    const accounts = made(100, () => {
      push(String((number += 1)), 10);
    });
    assert.equal(accounts.split('a').length - 1, 2);
  });

  test('of one account are under way one at a time', () => {
    const { queue, push } = setUp();
    push('a', 1, 2);
    assert.deepEqual([queue.shift(), queue.shift(), queue.waitingOf('a')], [['a', 1], undefined, 1]);
    queue.end('a', 1);
    assert.deepEqual([queue.shift(), queue.waitingOf('a')], [['a', 1], 0]);
  });
});
