import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A row may be a megabyte, and there are fifty of them: others' requests are not to wait for all. */
const MAX_MS = 20;

/** The rows that match, looked at one by one; whoever else waits for this process has turns between them. */
export async function* withPauses<T>(
  rows: readonly T[],
  isMatch: (row: T) => boolean,
): AsyncGenerator<T, void> {
  let since = performance.now();
  for (const row of rows) {
    if (isMatch(row)) yield row;
    if (performance.now() - since < MAX_MS) continue;
    await nextTurn();
    since = performance.now();
  }
}
