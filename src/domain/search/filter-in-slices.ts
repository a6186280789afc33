import { performance } from 'node:perf_hooks';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

/** A page reads up to fifty rows of up to a megabyte; other requests must not wait until all are filtered. */
const MAX_SLICE_MS = 20;

/** The rows that match. Filtering yields to the event loop after each slice of time. */
export async function* filterInSlices<T>(
  rows: readonly T[],
  isMatch: (row: T) => boolean,
): AsyncGenerator<T, void> {
  let sliceStartedAt = performance.now();
  for (const row of rows) {
    if (isMatch(row)) yield row;
    if (performance.now() - sliceStartedAt < MAX_SLICE_MS) continue;
    await yieldToEventLoop();
    sliceStartedAt = performance.now();
  }
}
