import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import pg from 'pg';
import { createPool } from '#src/infra/database/connection.ts';
import { pendingMigrations } from '#src/infra/database/migrator.ts';
import { dumpSchema } from '#src/infra/database/schema-dump.ts';
import { createTestDatabase } from '#test/support/database.ts';

const SCHEMA = new URL('../../src/infra/database/schema.sql', import.meta.url);

describe("a test's database", () => {
  it('is migrated', async () => {
    await using database = await createTestDatabase();
    await using pool = poolOf(database.url);
    assert.deepEqual(await pendingMigrations(pool), []);
  });

  it('is not shared, and is gone after the test although connections are open', async () => {
    await using one = await createTestDatabase();
    const other = await createTestDatabase();
    const client = new pg.Client({ connectionString: other.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('create table mine ()');

    await other[Symbol.asyncDispose]();

    await using pool = poolOf(one.url);
    const { rows } = await pool.query('select to_regclass($1) as mine', ['mine']);
    assert.deepEqual(rows, [{ mine: null }]);
    await assert.rejects(new pg.Client({ connectionString: other.url }).connect(), /does not exist/);
  });

  it('has the schema that src/infra/database/schema.sql shows', async () => {
    await using database = await createTestDatabase();
    await using pool = poolOf(database.url);
    const actual = (await dumpSchema(pool)).split('\n');
    const shown = (await readFile(SCHEMA, 'utf8')).split('\n');
    const differing = actual.filter((line, index) => line !== shown[index]);
    assert.deepEqual(differing.slice(0, 5), [], 'run `npm run schema`');
    assert.equal(actual.length, shown.length);
  });
});

function poolOf(url: string): pg.Pool & AsyncDisposable {
  const pool = createPool({ url, max: 1, applicationName: 'test', onError: () => undefined });
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() });
}
