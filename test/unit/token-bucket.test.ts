import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fullBucket, rateStateOf, retryAfterSeconds, secondsUntil } from '#src/domain/quotas/token-bucket.ts';

const NOW = Date.UTC(2026, 10, 22);
const bucket = (of: { held?: number; left: number }) => ({ rate: 10, held: 0, refreshedAtMs: NOW, ...of });

describe('a token bucket', () => {
  test('that was never read is full', () => {
    const full = { limit: 600, windowSeconds: 60, remaining: 600, resetSeconds: 0 };
    assert.deepEqual(rateStateOf(fullBucket(10), NOW), full);
  });

  test('has what is held and left, and gains its rate a second up to its capacity', () => {
    const some = bucket({ held: 5, left: 95 });
    assert.deepEqual(rateStateOf(some, NOW), {
      limit: 600,
      windowSeconds: 60,
      remaining: 100,
      resetSeconds: 50,
    });
    assert.equal(rateStateOf(some, NOW + 2500).remaining, 125);
    assert.equal(rateStateOf(some, NOW + 3_600_000).remaining, 600);
  });

  test('gains nothing while the clock stands before its last refresh', () => {
    assert.equal(rateStateOf(bucket({ left: 100 }), NOW - 5000).remaining, 100);
  });

  test('says in how many seconds it has enough; for more than it can hold, when it is full', () => {
    assert.equal(secondsUntil(bucket({ left: 20 }), { count: 50, nowMs: NOW }), 3);
    assert.equal(secondsUntil(bucket({ held: 10, left: 20 }), { count: 50, nowMs: NOW + 1000 }), 1);
    assert.equal(secondsUntil(bucket({ left: 0 }), { count: 6000, nowMs: NOW }), 60);
    assert.equal(retryAfterSeconds(bucket({ left: 19 }), { count: 50, nowMs: NOW }), 4);
    assert.equal(retryAfterSeconds(bucket({ left: 49.9 }), { count: 50, nowMs: NOW }), 1);
  });
});
