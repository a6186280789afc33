import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { findPlan, type Plan } from '#src/domain/plans/plans.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';
import { PublishRate } from '#src/domain/quotas/publish-rate.ts';
import { createStillClock } from '#test/support/still-clock.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { logger, pool } = server.container;

const hobby = findPlan('hobby') as Plan;
const BURST = hobby.publishRate * 60;

async function newBucket({ processes = 1 } = {}) {
  const clock = createStillClock('2026-11-22T12:00:00Z');
  const { accountId } = await server.createAccount();
  const rates = Array.from({ length: processes }, () => new PublishRate({ pool, clock, logger }));
  return { clock, accountId, rates, rate: rates[0] as PublishRate };
}

/** How many of `messages` are let through, one by one and all at the same time. */
async function takeEach(rate: PublishRate, accountId: string, messages: number): Promise<number> {
  const all = Array.from({ length: messages }, () => rate.take(accountId, hobby, 1));
  const results = await Promise.allSettled(all);
  for (const result of results) {
    if (result.status === 'rejected') assert.ok(result.reason instanceof TooManyRequests);
  }
  return results.filter(({ status }) => status === 'fulfilled').length;
}

async function refusalOf(taking: Promise<void>): Promise<TooManyRequests> {
  const refusal: unknown = await taking.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(refusal instanceof TooManyRequests);
  return refusal;
}

test('a minute’s messages may come at once, and not one more', async () => {
  const { accountId, rate } = await newBucket();
  assert.equal(await takeEach(rate, accountId, BURST + 500), BURST);
});

test('the bucket fills at the plan’s rate, and never beyond a minute’s messages', async () => {
  const { accountId, clock, rate } = await newBucket();
  await takeEach(rate, accountId, BURST + 1);
  clock.move(2);
  assert.equal(await takeEach(rate, accountId, 500), 2 * hobby.publishRate);
  clock.move(3600);
  assert.equal(await takeEach(rate, accountId, BURST + 500), BURST);
});

test('processes share one rate', async () => {
  const { accountId, rates } = await newBucket({ processes: 3 });
  const shares = await Promise.all(rates.map((rate) => takeEach(rate, accountId, BURST)));
  assert.equal(
    shares.reduce((sum, share) => sum + share),
    BURST,
  );
});

test('what a process took and did not use is a tenth of a second’s messages at first', async () => {
  const { accountId, rates } = await newBucket({ processes: 2 });
  const [idle, busy] = rates as [PublishRate, PublishRate];
  assert.equal(await takeEach(idle, accountId, 1), 1);
  assert.equal(await takeEach(busy, accountId, BURST), BURST - 1 - hobby.publishRate / 10);
});

test('a batch is admitted whole or not at all, and is told when it will be', async () => {
  const { accountId, clock, rate } = await newBucket();
  for (let taken = 0; taken < 5; taken += 1) await rate.take(accountId, hobby, 1000);
  await rate.take(accountId, hobby, 500);
  const { code, retryAfterSeconds, status } = await refusalOf(rate.take(accountId, hobby, 1000));
  assert.deepEqual([status, code, retryAfterSeconds], [429, 'rate_limited', 5]);
  // Refused, it took nothing.
  assert.equal(await takeEach(rate, accountId, 500), 500);
  clock.move(10);
  await rate.take(accountId, hobby, 1000);
  assert.equal((await refusalOf(rate.take(accountId, hobby, 1))).retryAfterSeconds, 1);
});

test('more than a bucket holds is admitted when it is full', async () => {
  const { accountId, clock, rate } = await newBucket();
  await rate.take(accountId, hobby, BURST + 1000);
  await refusalOf(rate.take(accountId, hobby, BURST + 1000));
  clock.move(69);
  await refusalOf(rate.take(accountId, hobby, BURST + 1000));
  clock.move(1);
  await rate.take(accountId, hobby, BURST + 1000);
});

test('a message costs no query: a refresh serves a second’s worth', async (t) => {
  const { accountId, clock, rate } = await newBucket();
  const queries = t.mock.method(pool, 'query');
  for (let second = 0; second < 20; second += 1) {
    for (let taken = 0; taken < 50; taken += 1) await rate.take(accountId, hobby, 1);
    clock.move(1);
  }
  assert.ok(queries.mock.callCount() <= 30, `${String(queries.mock.callCount())} queries`);
});

test('a flood beyond the rate costs no queries', async (t) => {
  const { accountId, rate } = await newBucket();
  await takeEach(rate, accountId, BURST + 1);
  const queries = t.mock.method(pool, 'query');
  assert.equal(await takeEach(rate, accountId, 1000), 0);
  assert.equal(queries.mock.callCount(), 0);
});

test('a clock that was a day ahead does not close an account for a day', async () => {
  const { accountId, clock, rate } = await newBucket();
  clock.move(86_400);
  await takeEach(rate, accountId, BURST);
  clock.move(-86_400);
  assert.equal(await takeEach(rate, accountId, 10), 10);
});

test('a bigger plan holds at once', async () => {
  const { accountId, clock, rate } = await newBucket();
  await takeEach(rate, accountId, BURST + 1);
  const growth = findPlan('growth') as Plan;
  clock.move(1);
  await rate.take(accountId, growth, growth.publishRate);
});

test('what is admitted when nobody knows is told as a full bucket, then as what is left', async () => {
  const { accountId, clock, rate } = await newBucket();
  assert.deepEqual(rate.stateOf(accountId, hobby), {
    limit: BURST,
    windowSeconds: 60,
    remaining: BURST,
    resetSeconds: 0,
  });
  await rate.take(accountId, hobby, 1000);
  assert.deepEqual(rate.stateOf(accountId, hobby).remaining, BURST - 1000);
  assert.deepEqual(rate.stateOf(accountId, hobby).resetSeconds, 10);
  clock.move(4);
  assert.deepEqual(rate.stateOf(accountId, hobby).remaining, BURST - 600);
});

test('while the database is away it admits everything: nothing can be committed then anyway', async () => {
  const clock = createStillClock('2026-11-22T12:00:00Z');
  const away = { query: () => Promise.reject(new Error('Connection terminated')) } as unknown as typeof pool;
  const rate = new PublishRate({ pool: away, clock, logger });
  await rate.take('a', hobby, 1);
});
