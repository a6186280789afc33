import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSharedWork } from '#src/infra/lib/shared-work.ts';

describe('shared work', () => {
  /** Work that ends when it is told to, with the number of its start. */
  function world() {
    let nowMs = 0;
    const ends: PromiseWithResolvers<number>[] = [];
    const share = createSharedWork<number>({
      clock: { monotonicNow: () => nowMs },
      keepMs: 2000,
      entries: 3,
    });
    const begin = () => {
      const end = Promise.withResolvers<number>();
      ends.push(end);
      return end.promise;
    };
    const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
    return {
      ...{ ends, settled },
      pass: (ms: number) => (nowMs += ms),
      ask: (owner: string, key: string) => share({ owner, key }, begin),
    };
  }

  it('is done once for all who ask while it is under way, and a while after', async () => {
    const { ask, ends, pass, settled } = world();
    const [one, two] = [ask('a', 'x'), ask('a', 'x')];
    await settled();
    pass(60_000);
    const three = ask('a', 'x');
    assert.equal(ends.length, 1);
    ends[0]?.resolve(7);
    assert.deepEqual(await Promise.all([one, two, three]), [7, 7, 7]);
    pass(1999);
    assert.equal(await ask('a', 'x'), 7);
    pass(1);
    void ask('a', 'x');
    await settled();
    assert.equal(ends.length, 2);
  });

  it('runs one of an owner at a time, and others beside it', async () => {
    const { ask, ends, settled } = world();
    void ask('a', 'x');
    void ask('a', 'y');
    const other = ask('b', 'x');
    await settled();
    assert.equal(ends.length, 2, 'the second of a waits');
    ends[1]?.resolve(2);
    assert.equal(await other, 2);
    ends[0]?.resolve(1);
    await settled();
    assert.equal(ends.length, 3);
  });

  it('does not keep what failed, nor more than there is room for', async () => {
    const { ask, ends, settled } = world();
    const failed = ask('a', 'x');
    await settled();
    ends[0]?.reject(new Error('out of order'));
    await assert.rejects(failed, /out of order/);
    for (const owner of ['a', 'b', 'c', 'd']) void ask(owner, 'x');
    await settled();
    assert.equal(ends.length, 5);
    for (const owner of ['d', 'a']) void ask(owner, 'x');
    ends.forEach(({ resolve }, index) => {
      resolve(index);
    });
    await settled();
    assert.equal(ends.length, 6, 'the oldest made room, the newest is there');
  });
});
