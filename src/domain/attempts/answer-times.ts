/**
 * How long receivers took to answer, as a histogram: so that a percentile over a million attempts is read from a few
 * rows, and histograms of endpoints, hours and processes add up, as percentiles do not.
 */

/**
 * Upper bounds of the buckets in milliseconds, each the next of 1, 1.5, 2, 3, 5, 7, 10. What took longer than the last
 * is in a bucket without a bound.
 */
export const ANSWER_BOUNDS_MS = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000,
  10_000, 15_000, 20_000, 30_000,
] as const;

/** Answers in each bucket, in the order of the bounds; the last has what took longer. */
export type AnswerTimes = number[];

/** The bucket of an answer that took so long. */
export function bucketOf(durationMs: number): number {
  const at = ANSWER_BOUNDS_MS.findIndex((bound) => durationMs <= bound);
  return at === -1 ? ANSWER_BOUNDS_MS.length : at;
}

export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** In milliseconds; null without an answer. Above the last bound it is that bound. */
export function percentilesOf(times: AnswerTimes): Percentiles | null {
  const answers = times.reduce((sum, count) => sum + count, 0);
  if (answers === 0) return null;
  const at = (share: number) => percentileOf(times, Math.ceil(answers * share));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** The time of the answer with this rank: within its bucket as if its answers were spread evenly. */
function percentileOf(times: AnswerTimes, rank: number): number {
  let before = 0;
  for (const [bucket, count] of times.entries()) {
    if (before + count >= rank) {
      const from = ANSWER_BOUNDS_MS[bucket - 1] ?? 0;
      const to = ANSWER_BOUNDS_MS[bucket] ?? from;
      return Math.round(from + ((rank - before) / count) * (to - from));
    }
    before += count;
  }
  return ANSWER_BOUNDS_MS.at(-1) ?? 0;
}
