import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batcher } from '#src/infra/lib/batcher.ts';

function recording(
  options: {
    maxItems?: number;
    concurrency?: number;
    delayMs?: number;
    keyOf?: (item: string) => string;
  } = {},
) {
  const batches: string[][] = [];
  let gate = Promise.withResolvers<undefined>();
  const batcher = new Batcher<string, string>({
    flush: async (items) => {
      batches.push(items);
      await gate.promise;
      if (items.includes('poison')) throw new Error('poison');
      if (items.includes('outage')) throw new TypeError('outage');
      return items.map((item) => item.toUpperCase());
    },
    maxItems: 100,
    concurrency: 1,
    delayMs: 0,
    isolates: (error) => !(error instanceof TypeError),
    ...options,
  });
  return {
    batcher,
    batches,
    open: () => {
      gate.resolve(undefined);
    },
    close: () => (gate = Promise.withResolvers()),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a lone item is flushed at once, and items that come meanwhile are flushed together', async () => {
  const { batcher, batches, open } = recording();
  const first = batcher.add('a');
  await turn();
  const rest = ['b', 'c', 'd'].map((item) => batcher.add(item));
  await turn();
  assert.deepEqual(batches, [['a']]);
  open();
  assert.deepEqual(await Promise.all([first, ...rest]), ['A', 'B', 'C', 'D']);
  assert.deepEqual(batches, [['a'], ['b', 'c', 'd']]);
});

test('no batch exceeds its maximum, nor do the batches under way', async () => {
  const { batcher, batches, open } = recording({ maxItems: 2, concurrency: 2 });
  const all = ['a', 'b', 'c', 'd', 'e'].map((item) => batcher.add(item));
  await turn();
  await turn();
  await turn();
  assert.deepEqual(batches, [
    ['a', 'b'],
    ['c', 'd'],
  ]);
  open();
  assert.deepEqual(await Promise.all(all), ['A', 'B', 'C', 'D', 'E']);
});

test('an item that cannot be handled fails alone', async () => {
  const { batcher, open } = recording();
  open();
  const results = await Promise.allSettled(['a', 'poison', 'b'].map((item) => batcher.add(item)));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('when the error is no fault of an item, the whole batch fails, once', async () => {
  const { batcher, batches, open } = recording();
  open();
  const results = await Promise.allSettled(['a', 'outage', 'b'].map((item) => batcher.add(item)));
  assert.ok(results.every(({ status }) => status === 'rejected'));
  assert.equal(batches.length, 1);
});

test('it is drained when nothing waits and nothing is under way', async () => {
  const { batcher, open } = recording();
  await batcher.drained();
  const adding = batcher.add('a');
  const drained = batcher.drained();
  open();
  await drained;
  assert.equal(await adding, 'A');
  assert.equal(batcher.size, 0);
});

test('with keys, a batch is filled in round robin, and keeps the order within a key', async () => {
  const { batcher, batches, open } = recording({ maxItems: 4, keyOf: (item) => item.charAt(0) });
  const first = batcher.add('a0');
  await turn();
  const rest = ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1', 'b2'].map((item) => batcher.add(item));
  open();
  await Promise.all([first, ...rest]);
  assert.deepEqual(batches, [['a0'], ['a1', 'b1', 'c1', 'a2'], ['b2', 'a3', 'a4', 'a5']]);
});
