import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { checkDatabase } from '#src/boot/database-check.ts';
import { prepareDatabase } from '#src/boot/prepare-database.ts';
import { DISTRIBUTED_TABLES } from '#src/infra/database/distributed-tables.ts';
import { problemOfCluster } from '#src/infra/database/refuse-engine.ts';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';

describe('DATABASE_ENGINE=citus', () => {
  it('is refused by a release where there is no Citus, before anything is changed', async () => {
    await using database = await createTestDatabase({ isEmpty: true });
    await cannotStart(prepareDatabase(database.url, 'citus'), /Run `create extension citus` in it/);
    const tables = await namesIn(
      database.url,
      `select relname as name from pg_class where relname = 'accounts'`,
    );
    assert.deepEqual(tables, []);
  });

  it('is refused by web and workers where there is no Citus', async () => {
    await using database = await createTestDatabase();
    await checkDatabase(database.url, 'postgresql');
    await cannotStart(checkDatabase(database.url, 'citus'), /Run `create extension citus` in it/);
  });

  it('is refused on a cluster that cannot carry tables, with what to do', () => {
    const cluster = { version: '13.2-2', isWorker: false, nodes: 2 };
    assert.equal(problemOfCluster(cluster), undefined);
    assert.match(
      problemOfCluster({ ...cluster, version: '12.1-1' }) ?? '',
      /Citus 12\.1-1; version 13 or later/,
    );
    assert.match(problemOfCluster({ ...cluster, isWorker: true }) ?? '', /address of its coordinator/);
    assert.match(problemOfCluster({ ...cluster, nodes: 0 }) ?? '', /Run .*citus_add_node/);
  });
});

// Citus' own conditions, so that a release distributes any schema that passes here.
describe('a table of the data plane', () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database[Symbol.asyncDispose]());
  const namesOf = (statement: string) => namesIn(database.url, statement, [DISTRIBUTED_TABLES]);

  it('has the account in its primary key and in each unique index', async () => {
    const keys = await namesOf(
      `select relation.relname || ': ' || pg_get_indexdef(indexrelid) as name from pg_index
       join pg_class relation on relation.oid = indrelid
       where relname = any($1) and indisunique and not exists (
         select from pg_attribute where attrelid = indrelid and attnum = any(indkey) and attname = 'account_id')`,
    );
    assert.deepEqual(keys, []);
  });

  it('is there, and has a primary key', async () => {
    const tables = await namesOf(
      `select relname as name from pg_class join pg_index on indrelid = pg_class.oid and indisprimary
       where relname = any($1) and relkind in ('r', 'p') order by 1`,
    );
    assert.deepEqual(tables, [...DISTRIBUTED_TABLES].sort());
  });

  it('has no foreign key to or from a table of the control plane', async () => {
    const keys = await namesOf(
      `select conname as name from pg_constraint
       join pg_class one on one.oid = conrelid join pg_class other on other.oid = confrelid
       where (one.relname = any($1)) <> (other.relname = any($1))`,
    );
    assert.deepEqual(keys, []);
  });

  it('has no trigger', async () => {
    const triggers = await namesOf(
      `select tgname as name from pg_trigger join pg_class on pg_class.oid = tgrelid
       where relname = any($1) and not tgisinternal`,
    );
    assert.deepEqual(triggers, []);
  });
});

async function namesIn(url: string, statement: string, values: unknown[] = []): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(statement, values);
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function cannotStart(work: Promise<void>, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof CannotStart);
    assert.match(error.message, message);
    return true;
  });
}
