import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ANSWER_BOUNDS_MS, bucketOf, percentilesOf } from '#src/domain/attempts/answer-times.ts';
import { rangesOf, spanBefore, spanOf, untilMs } from '#src/domain/attempts/ranges.ts';

const LAST = ANSWER_BOUNDS_MS.at(-1) ?? 0;

function histogramOf(durations: number[]): number[] {
  const times = Array.from({ length: ANSWER_BOUNDS_MS.length + 1 }, () => 0);
  for (const duration of durations) times[bucketOf(duration)] = (times[bucketOf(duration)] ?? 0) + 1;
  return times;
}

test('percentiles lie in the bucket of the exact ones, also of histograms that were added', () => {
  const some = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(some, some, (one, other) => {
      const sorted = [...one, ...other].sort((a, b) => a - b);
      const added = histogramOf(one).map((count, bucket) => count + (histogramOf(other)[bucket] ?? 0));
      const found = percentilesOf(added);
      for (const [name, share] of [
        ['p50', 0.5],
        ['p95', 0.95],
        ['p99', 0.99],
      ] as const) {
        const exact = sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
        const from = ANSWER_BOUNDS_MS[bucketOf(exact) - 1] ?? 0;
        const to = ANSWER_BOUNDS_MS[bucketOf(exact)] ?? LAST;
        const value = found?.[name] ?? Number.NaN;
        assert.ok(value >= from && value <= to, `${name} is ${String(value)}, exactly ${String(exact)}`);
      }
    }),
  );
  assert.equal(percentilesOf(histogramOf([])), null);
});

test('ranges end with the time that has begun, and reach as far back as the plan keeps', () => {
  const names = (days: number) =>
    rangesOf(days)
      .map(({ name }) => name)
      .join(' ');
  assert.deepEqual([3, 7, 30, 90].map(names), [
    '1h 24h 3d',
    '1h 24h 7d',
    '1h 24h 7d 30d',
    '1h 24h 7d 30d 90d',
  ]);
  const now = Date.parse('2026-03-01T10:17:00Z');
  for (const range of rangesOf(90)) {
    const span = spanOf(range, now);
    const end = range.name === '1h' ? '2026-03-01T10:20:00Z' : '2026-03-01T11:00:00Z';
    assert.equal(untilMs(span), Date.parse(end), range.name);
    assert.equal(untilMs(spanBefore(span)), span.sinceMs);
  }
});
