import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { SLOT_MS } from '#src/domain/attempts/count-sql.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { recordAttempts } from '#src/pipeline/settle/record-attempts.ts';
import { recordAttemptsOnCitus } from '#src/pipeline/settle/record-attempts-on-citus.ts';
import { outcomeOf, workFor } from '#test/support/outcomes.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

// The statements for Citus are plain SQL, so that PostgreSQL shows that both forms write the same.

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { pool } = server.container;
const FORMS = [recordAttempts, recordAttemptsOnCitus];

/** The full hour before an hour ago, which has a partition. */
const HOUR_MS = 3_600_000;
const hour = Math.floor(Date.now() / HOUR_MS - 1) * HOUR_MS;

const subscribedApp = () => createSubscribedApp(server, { url: 'https://receiver.example/' });

function attemptOf(to: SubscribedApp, attempt: Partial<Attempt>): Attempt {
  const made = outcomeOf(workFor(to), { attempt }).attempt;
  return made ?? assert.fail('an outcome without an attempt');
}

/** Attempts of two accounts, with all that an attempt may have, before and after the full hour. */
const attemptsOf = (first: SubscribedApp, second: SubscribedApp): Attempt[] => [
  attemptOf(first, { id: uuidv7(hour + 5), durationMs: 10 }),
  attemptOf(second, {
    id: uuidv7(hour + 5),
    durationMs: 5,
    succeeded: false,
    errorMessage: 'It answered 500.',
  }),
  attemptOf(first, { id: uuidv7(hour + 20), durationMs: 10, trigger: 'replay', wasRepeated: true }),
  attemptOf(first, { id: uuidv7(hour + 30), trigger: 'test' }),
  attemptOf(first, {
    id: uuidv7(hour + 40),
    succeeded: false,
    outcome: 'timeout',
    statusCode: null,
    timings: { dnsMs: 1, connectMs: 2, tlsMs: 3, firstByteMs: null },
    responseHeaders: [
      ['X-One', '1'],
      ['X-One', '2'],
    ],
    responseBody: '{"é":1}',
    isPossibleDuplicate: true,
    nextAttemptAt: new Date(hour),
  }),
];

test('attempts are written and counted alike on PostgreSQL and on Citus', async () => {
  const written = [];
  for (const record of FORMS) {
    const [first, second] = await Promise.all([subscribedApp(), subscribedApp()]);
    const attempts = attemptsOf(first, second);
    await transaction(pool, (client) => record(client, attempts));
    await transaction(pool, (client) => record(client, [attemptOf(first, { id: uuidv7(hour + 50) })]));
    const accounts = [first.app.accountId, second.app.accountId];
    const { rows } = await pool.query(
      `select to_jsonb(attempts) - array['account_id', 'app_id', 'id', 'message_id', 'endpoint_id', 'subscription_id'] as row
       from attempts where account_id = any($1) order by array_position($1::uuid[], account_id), id`,
      [accounts],
    );
    const { rows: counts } = await pool.query(
      `select array_position($1::uuid[], account_id) as account, hour, succeeded, failed from delivery_counts
       where account_id = any($1) order by 1, 2`,
      [accounts],
    );
    const { rows: times } = await pool.query(
      `select array_position($1::uuid[], account_id) as account, hour,
         jsonb_strip_nulls(to_jsonb(delivery_counts) - array['account_id', 'app_id', 'endpoint_id', 'hour', 'succeeded', 'failed']) as times
       from delivery_counts where account_id = any($1) order by 1, 2`,
      [accounts],
    );
    const { rows: ofApps } = await pool.query(
      `select array_position($1::uuid[], account_id) as account,
         jsonb_strip_nulls(to_jsonb(app_delivery_counts) - array['account_id', 'app_id']) as row
       from app_delivery_counts where account_id = any($1) order by 1, slot`,
      [accounts],
    );
    written.push({ rows, counts, times, ofApps });
  }
  const [onPostgres, onCitus] = written;
  assert.deepEqual(onCitus, onPostgres);
  assert.equal(onPostgres?.rows.length, 6);
  assert.deepEqual(onPostgres.counts, [
    { account: 1, hour: new Date(hour - HOUR_MS), succeeded: 1, failed: 0 },
    { account: 1, hour: new Date(hour), succeeded: 2, failed: 1 },
    { account: 2, hour: new Date(hour), succeeded: 0, failed: 1 },
  ]);
  // The one that timed out was not answered, and a test is not counted.
  assert.deepEqual(
    onPostgres.times.map(({ account, times }) => ({ account, times })),
    [
      { account: 1, times: { took_10: 1 } },
      { account: 1, times: { took_10: 1, took_1: 1 } },
      { account: 2, times: { took_5: 1 } },
    ],
  );
  const slots = onPostgres.ofApps.map(({ account, row: { slot, ...counts } }) => [
    account,
    Date.parse(String(slot)) - hour,
    counts,
  ]);
  assert.deepEqual(slots, [
    [1, -SLOT_MS, { shard: 0, succeeded: 1, failed: 0, took_10: 1 }],
    [1, 0, { shard: 0, succeeded: 2, failed: 1, took_10: 1, took_1: 1 }],
    [2, 0, { shard: 0, succeeded: 0, failed: 1, took_5: 1 }],
  ]);
});

test('processes that count for the same endpoints, in any order, do not deadlock', async () => {
  const [first, second] = await Promise.all([subscribedApp(), subscribedApp()]);
  const run = async (isTurned: boolean) => {
    const attempts = attemptsOf(first, second);
    await transaction(pool, (client) =>
      recordAttemptsOnCitus(client, isTurned ? attempts.toReversed() : attempts),
    );
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => run(index % 2 === 0)));
  const { rows } = await pool.query<{ sum: number }>(
    'select sum(succeeded + failed)::int as sum from delivery_counts where account_id = any($1)',
    [[first, second].map(({ app }) => app.accountId)],
  );
  assert.equal(rows[0]?.sum, 20 * 4);
});
