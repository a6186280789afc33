import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { mock, test } from 'node:test';
import { filterInSlices } from '#src/domain/search/filter-in-slices.ts';

const SLOW_ROW_MS = 30;

test('filtering that takes long yields to the event loop between its slices', async () => {
  let nowMs = 0;
  mock.method(performance, 'now', () => nowMs);
  const seen: string[] = [];
  const isMatch = (row: number) => {
    setImmediate(() => seen.push('another'));
    seen.push(String(row));
    nowMs += SLOW_ROW_MS;
    return row % 2 === 0;
  };
  const found = await Array.fromAsync(filterInSlices([1, 2, 3, 4], isMatch));
  mock.restoreAll();
  assert.deepEqual(found, [2, 4]);
  assert.deepEqual(seen, ['1', 'another', '2', 'another', '3', 'another', '4', 'another']);
});
