import { TimeSlices } from './time-slices.ts';

/** The rows that match. Filtering yields to the event loop after each slice of time, as `isMatch` may within a row. */
export async function* filterInSlices<T>(
  rows: readonly T[],
  isMatch: (row: T, slices: TimeSlices) => boolean | Promise<boolean>,
): AsyncGenerator<T, void> {
  const slices = new TimeSlices();
  for (const row of rows) {
    if (await isMatch(row, slices)) yield row;
    if (slices.isOver) await slices.pause();
  }
}
