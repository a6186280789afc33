import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lru } from '#src/infra/lib/lru.ts';

test('a cache keeps as many entries as it has room for, those that were used last', () => {
  const cache = lru<number>(3);
  for (const [value, key] of ['a', 'b', 'c'].entries()) cache.set(key, value);
  cache.get('a');
  cache.set('d', 3);
  assert.deepEqual([...cache.keys()].sort(), ['a', 'c', 'd']);
});

test('and each for as long as it was told', (t) => {
  // lru-cache looks at the clock once a millisecond.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const clock = { now: 0 };
  t.mock.method(performance, 'now', () => clock.now);
  const cache = lru<number>(3, { ttlMs: 1000 });
  clock.now = 1;
  cache.set('a', 1);
  t.mock.timers.tick(1);
  clock.now = 1000;
  assert.equal(cache.get('a'), 1);
  t.mock.timers.tick(1);
  clock.now = 2000;
  assert.equal(cache.get('a'), undefined);
});
