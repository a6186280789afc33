import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterInSlices } from '#src/domain/search/filter-in-slices.ts';

test('filtering that takes long yields to the event loop between its slices', async () => {
  let turns = 0;
  const turn = setInterval(() => (turns += 1), 1);
  const turnsSeen: number[] = [];
  const isMatch = (row: number) => {
    turnsSeen.push(turns);
    const until = performance.now() + 30;
    while (performance.now() < until);
    return row % 2 === 0;
  };
  const found = await Array.fromAsync(filterInSlices([1, 2, 3, 4, 5, 6], isMatch));
  clearInterval(turn);
  assert.deepEqual(found, [2, 4, 6]);
  assert.ok((turnsSeen.at(-1) ?? 0) > 0);
});
