import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPauses } from '#src/domain/search/with-pauses.ts';

test('rows that take long to look at leave others their turns', async () => {
  let turns = 0;
  const turn = setInterval(() => (turns += 1), 1);
  const turnsSeen: number[] = [];
  const isMatch = (row: number) => {
    turnsSeen.push(turns);
    const until = performance.now() + 30;
    while (performance.now() < until);
    return row % 2 === 0;
  };
  const found = await Array.fromAsync(withPauses([1, 2, 3, 4, 5, 6], isMatch));
  clearInterval(turn);
  assert.deepEqual(found, [2, 4, 6]);
  assert.ok((turnsSeen.at(-1) ?? 0) > 0);
});
