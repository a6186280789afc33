import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Pool } from 'pg';
import { checkDatabase } from '#src/boot/database-check.ts';
import { prepareDatabase } from '#src/boot/prepare-database.ts';
import { createPool } from '#src/infra/database/connection.ts';
import { DISTRIBUTED_TABLES } from '#src/infra/database/distributed-tables.ts';
import { distributedTables } from '#src/infra/database/distribute-tables.ts';
import { followIndexes } from '#src/infra/database/delete-in-batches.ts';
import { dropEmptyPartitions } from '#src/infra/database/drop-partitions.ts';
import { ensurePartitions, WEEK_MS } from '#src/infra/database/partitions.ts';
import { preparedCommitsEnd } from '#src/infra/database/prepared-commits.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { createTestDatabase, TEST_ENGINE } from '#test/support/database.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';

const skip = TEST_ENGINE !== 'citus' && 'These tests need a Citus cluster: `npm run test:citus`';

/** A database of the cluster, that a release has distributed. */
async function distributedDatabase() {
  const database = await createTestDatabase();
  const { url } = database;
  const pool = createPool({
    url,
    engine: 'citus',
    max: 3,
    applicationName: 'test',
    onError: () => undefined,
  });
  return {
    url,
    pool,
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The same database on a worker of the cluster. */
async function workerOf({ url, pool: coordinator }: { url: string; pool: Pool }) {
  const { rows } = await coordinator.query<{ host: string; port: number }>(
    'select nodename as host, nodeport as port from pg_dist_node where groupid <> 0 limit 1',
  );
  const address = new URL(url);
  address.hostname = rows[0]?.host ?? '';
  address.port = String(rows[0]?.port);
  const pool = createPool({ url: address.href, max: 2, applicationName: 'test', onError: () => undefined });
  return { pool, [Symbol.asyncDispose]: () => pool.end() };
}

describe('on a Citus cluster', { skip }, () => {
  it('a release is safe to repeat, and in several processes at once', async () => {
    await using database = await distributedDatabase();
    await Promise.all([prepareDatabase(database.url, 'citus'), prepareDatabase(database.url, 'citus')]);
    assert.deepEqual(await distributedTables(database.pool), new Set(DISTRIBUTED_TABLES));
  });

  it('a process waits for the release, which distributes full tables too', async () => {
    await using database = await distributedDatabase();
    const { url, pool } = database;
    await pool.query(`select undistribute_table('message_counts')`);
    await pool.query(`insert into message_counts (account_id, day, shard, messages)
      select md5(n::text)::uuid, '2026-01-01', 0, n from generate_series(1, 100) n`);
    await assert.rejects(checkDatabase(url, 'citus'), /message_counts\)\. Run `node src\/release\.ts` first/);

    await prepareDatabase(url, 'citus');
    await checkDatabase(url, 'citus');
    const { rows } = await pool.query(`select sum(messages)::int as messages from message_counts`);
    assert.deepEqual(rows, [{ messages: 5050 }]);
    const { rows: local } = await pool.query(`select pg_relation_size('message_counts')::int as bytes`);
    assert.deepEqual(local, [{ bytes: 0 }]);
  });

  it('a distributed database is refused as a plain one, and one that was distributed otherwise', async () => {
    await using database = await distributedDatabase();
    const { url, pool } = database;
    await assert.rejects(checkDatabase(url, 'postgresql'), /set DATABASE_ENGINE=citus/);
    await assert.rejects(prepareDatabase(url), /set DATABASE_ENGINE=citus/);
    await pool.query(`select undistribute_table('message_counts')`);
    await pool.query(
      `select create_distributed_table('message_counts', 'account_id', colocate_with => 'none')`,
    );
    await assert.rejects(prepareDatabase(url, 'citus'), /not by account_id and together with messages/);
  });

  it('a partition that somebody reads is dropped by a later run', async () => {
    await using database = await distributedDatabase();
    const { pool } = database;
    await ensurePartitions(pool, Date.now() - 30 * WEEK_MS);
    const count = async () =>
      (await pool.query(`select from pg_inherits where inhparent = 'messages'::regclass`)).rowCount ?? 0;
    const before = await count();
    await using reader = await holdTransaction(pool);
    await reader.query('select from messages');
    await dropEmptyPartitions(pool, Date.now() - 28 * WEEK_MS);
    assert.equal(await count(), before);
    await reader.commit();
    await dropEmptyPartitions(pool, Date.now() - 28 * WEEK_MS);
    assert.ok((await count()) < before);
  });

  it('deleting in batches follows indexes on the workers', async () => {
    await using database = await distributedDatabase();
    const { pool } = database;
    const accountId = uuidv7(Date.now());
    await pool.query(
      `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
       select $1, $1, $2, md5(n::text)::uuid, 'failed', 1 from generate_series(1, 20000) n`,
      [accountId, uuidv7(Date.now())],
    );
    const plan = await transaction(pool, async (client) => {
      await followIndexes(client);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain select message_id from deliveries where account_id = $1 order by message_id, endpoint_id limit 1000`,
        [accountId],
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    assert.match(plan, /Index (Only )?Scan/);
    assert.doesNotMatch(plan, /Sort|Seq Scan/);
  });

  it('a transaction of a worker and the coordinator is prepared before it commits', async () => {
    await using database = await distributedDatabase();
    const { pool } = database;
    const said: string[] = [];
    await transaction(pool, async (client) => {
      client.on('notice', ({ message }) => said.push(message ?? ''));
      await client.query('set local citus.log_remote_commands = on');
      await client.query(
        'insert into message_counts (account_id, day, shard, messages) values ($1, now(), 0, 1)',
        [uuidv7(Date.now())],
      );
      await client.query(`insert into job_runs (job_id, runs) values ($1, 1)`, [uuidv7(Date.now())]);
    });
    const ends = said.map((text) => /^issuing (PREPARE TRANSACTION|COMMIT PREPARED|COMMIT)/.exec(text)?.[1]);
    assert.deepEqual(ends.filter(Boolean), ['PREPARE TRANSACTION', 'COMMIT PREPARED']);
  });

  it('what a worker has not committed yet is waited for', async () => {
    await using database = await distributedDatabase();
    const { pool } = database;
    await using worker = await workerOf(database);
    // Of Citus' form but for the number of a node, so that its daemon leaves it alone.
    const name = `citus_test_${randomUUID()}`;
    await using held = await holdTransaction(worker.pool);
    await held.query('select pg_current_xact_id()');
    await held.query(`prepare transaction '${name}'`);
    try {
      await assert.rejects(preparedCommitsEnd(pool), new RegExp(`on the workers of Citus yet: ${name}`));
    } finally {
      await worker.pool.query(`commit prepared '${name}'`);
    }
    await preparedCommitsEnd(pool);
  });
});
