import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slowAccounts } from '#src/pipeline/dispatch/slow-accounts.ts';

const laneOf = (accountId: string, pending: number, isSlow?: boolean) => ({ accountId, pending, isSlow });

test('an account is slow when at least half of what it has in memory is for slow receivers', () => {
  const lanes = [
    laneOf('half', 10, true),
    laneOf('half', 10, false),
    laneOf('half', 500),
    laneOf('unknown', 10),
    laneOf('less', 9, true),
    laneOf('less', 10, false),
    laneOf('nothing', 0, true),
  ];
  assert.deepEqual(slowAccounts(lanes), new Set(['half']));
});
