import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { PoolClient } from 'pg';
import { applyOutcomes } from '#src/domain/deliveries/transitions/apply-outcomes.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { weighMessages } from '#src/pipeline/fetch/weigh-messages.ts';
import { outcomeOf, workFor } from '#test/support/outcomes.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const web = await sharedServer('web');
after(() => web[Symbol.asyncDispose]());
const { pool } = web.container;
const url = 'https://receiver.example/';
const both = [await createSubscribedApp(web, { url }), await createSubscribedApp(web, { url })];

// Their plans are kept, and were made while a table had a few rows, which PostgreSQL would rather read whole.

test('the messages of several accounts are weighed by an index, however few there are', async () => {
  const posted = await Promise.all(both.map(({ post }) => post()));
  const jobs = posted.map(({ message: { accountId, appId, id } }) => ({
    messages: [{ accountId, appId, messageIds: [id] }],
  }));
  await pool.query('analyze messages');
  await transaction(pool, async (client) => {
    assert.equal((await weighMessages(client, jobs)).size, 2);
    assert.equal(await readWhole(client, 'messages'), 0);
  });
});

test('so are the deliveries of several accounts moved', async () => {
  const move = async (client: PoolClient) => {
    const outcomes = both.map((subscribed) => outcomeOf(workFor(subscribed), { state: 'failed' }));
    for (const statement of applyOutcomes(outcomes)) await statement(client);
  };
  await transaction(pool, move);
  await pool.query('analyze deliveries');
  await transaction(pool, async (client) => {
    await move(client);
    assert.equal(await readWhole(client, 'deliveries'), 0);
  });
});

/** How often the transaction has read a partition of the table from its begin to its end. */
async function readWhole(client: PoolClient, table: string): Promise<number> {
  const { rows } = await client.query<{ scans: number }>(
    'select coalesce(sum(seq_scan), 0)::int as scans from pg_stat_xact_user_tables where relname like $1',
    [`${table}\\_2%`],
  );
  return rows[0]?.scans ?? -1;
}
