import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pool } from 'pg';
import type { RateLimit } from '#src/domain/outbound-rules/rate-limit.ts';
import { countAhead, countDeliveredMeanwhile, msForEach } from '#src/domain/replays/estimate-pace.ts';

const limit = (of: number, period: RateLimit['period']) => ({ rate_limit: { limit: of, period } });
const fifo = { ordering: 'fifo' as const };

const cases: [string, Parameters<typeof msForEach>[0], number | null][] = [
  ['no request lately and no limit', { rules: {}, appRules: {}, durationMs: null }, null],
  [
    'no request lately and a limit at once',
    { rules: limit(2, 'concurrent'), appRules: {}, durationMs: null },
    null,
  ],
  ['no request lately and one in order', { rules: fifo, appRules: {}, durationMs: null }, null],
  [
    'no request lately and a limit by time',
    { rules: limit(5, 'second'), appRules: {}, durationMs: null },
    200,
  ],
  ['a limit of the app', { rules: {}, appRules: limit(5, 'second'), durationMs: null }, 200],
  [
    'a limit before that of the app',
    { rules: limit(10, 'second'), appRules: limit(5, 'second'), durationMs: null },
    100,
  ],
  ['requests, four at once', { rules: {}, appRules: {}, durationMs: 800 }, 200],
  ['requests, two at once', { rules: limit(2, 'concurrent'), appRules: {}, durationMs: 800 }, 400],
  ['requests, at most four at once', { rules: limit(50, 'concurrent'), appRules: {}, durationMs: 800 }, 200],
  ['requests, one after the other', { rules: fifo, appRules: {}, durationMs: 800 }, 800],
  [
    'in order, whatever the limit at once',
    { rules: { ...fifo, ...limit(3, 'concurrent') }, appRules: {}, durationMs: 800 },
    800,
  ],
  [
    'requests that take longer than the interval',
    { rules: limit(5, 'second'), appRules: {}, durationMs: 2000 },
    500,
  ],
  [
    'an interval longer than the requests take',
    { rules: limit(5, 'second'), appRules: {}, durationMs: 40 },
    200,
  ],
];

describe('milliseconds for each delivery of a replay', () => {
  for (const [name, pacing, ms] of cases) it(name, () => assert.equal(msForEach(pacing), ms));
});

describe('what is sent before a replay', () => {
  it('is what waits in the queue, and other replays', () => {
    assert.equal(countAhead({ rules: {}, waiting: 3, replaying: 4 }), 7);
  });

  it('in the order of acceptance nothing that waits, because it is newer', () => {
    assert.equal(countAhead({ rules: fifo, waiting: 3, replaying: 4 }), 4);
  });
});

describe('what was delivered meanwhile', () => {
  for (const [looked, isCut] of [
    [49_999, false],
    [50_000, true],
  ] as const)
    it(`of ${String(looked)} that were looked at is ${isCut ? 'at least so many' : 'so many'}`, async () => {
      const pool = { query: () => Promise.resolve({ rows: [{ delivered: 7, looked }] }) };
      const range = { from: '', to: '', endpointIds: undefined };
      assert.deepEqual(
        await countDeliveredMeanwhile(pool as unknown as Pool, { accountId: '', id: '' }, range),
        { count: 7, isCut },
      );
    });
});
