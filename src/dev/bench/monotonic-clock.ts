/**
 * Milliseconds of the machine's monotonic clock, which all processes share. `performance.now` begins at 0 in each
 * process.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
