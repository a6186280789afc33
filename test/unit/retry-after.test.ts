import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRetryAfter } from '#src/infra/lib/retry-after.ts';

const nowMs = Date.UTC(2026, 10, 21, 12, 0, 0);
const inTwoMinutes = 120_000;

describe('Retry-After', () => {
  const understood: [string, number][] = [
    ['120', inTwoMinutes],
    ['0', 0],
    [' 7 ', 7000],
    ['Sat, 21 Nov 2026 12:02:00 GMT', inTwoMinutes],
    ['Saturday, 21-Nov-26 12:02:00 GMT', inTwoMinutes],
    ['Sat Nov 21 12:02:00 2026', inTwoMinutes],
    ['Sun Nov  1 12:02:00 2026', 0],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ];
  for (const [value, waitMs] of understood) {
    test(`${value.slice(0, 40)} is ${String(waitMs)} ms`, () => {
      assert.equal(parseRetryAfter(value, nowMs), waitMs);
    });
  }

  const notUnderstood = [
    undefined,
    '',
    '-1',
    '1.5',
    '+5',
    '1e3',
    '5, 5',
    'soon',
    '2026-11-21T12:02:00Z',
    'Sat, 21 Nov 2026 12:02:00 +0200',
    'Sat, 99 Nov 2026 99:02:00 GMT',
    'Sat, 21 Xyz 2026 12:02:00 GMT',
  ];
  for (const value of notUnderstood) {
    test(`${String(value)} says nothing`, () => {
      assert.equal(parseRetryAfter(value, nowMs), undefined);
    });
  }
});
