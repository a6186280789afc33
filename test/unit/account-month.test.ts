import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountMonth } from '#src/domain/quotas/account-month.ts';
import { monthAt } from '#src/domain/quotas/month.ts';

const day = '2026-11-22';
const usageOf = () => new AccountMonth('account', monthAt(Date.parse(day)));

test('a reading that is older than what a flush has told takes nothing back', () => {
  const usage = usageOf();
  usage.count({ day, shard: 1, messages: 10 });
  usage.update({ plan: 'hobby', isOfHeroku: true, counts: [{ day, shard: 1, messages: 7 }] });
  assert.equal(usage.counted, 10);
});

test('shards and days are counted beside each other, each as far as it is known', () => {
  const usage = usageOf();
  usage.count({ day, shard: 1, messages: 10 });
  usage.count({ day, shard: 2, messages: 5 });
  usage.count({ day: '2026-11-23', shard: 1, messages: 1 });
  usage.count({ day, shard: 1, messages: 12 });
  assert.equal(usage.counted, 18);
});
