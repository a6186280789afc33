import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '#src/infra/database/connection.ts';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { prepareDatabase } from '#src/boot/prepare-database.ts';
import { createTestDatabase } from '#test/support/database.ts';

test('a database that earlier states of the migrations made is refused, with what to do', async () => {
  await using database = await createTestDatabase();
  const { url } = database;
  await prepareDatabase(url);
  await prepareDatabase(url);
  const pool = createPool({ url, max: 1, applicationName: 'test', onError: () => undefined });
  try {
    await pool.query(`update schema_migrations set checksum = 'of before' where name like '0003%'`);
    await refused(url, /0003-control-plane\.sql has changed since\. Remove the database/);
    await pool.query(`update schema_migrations set name = '0002-gone.sql' where name like '0002%'`);
    await refused(url, /0002-gone\.sql has changed since\. Remove the database/);
  } finally {
    await pool.end();
  }
});

async function refused(url: string, message: RegExp) {
  await assert.rejects(prepareDatabase(url), (error) => {
    assert.ok(error instanceof CannotStart);
    assert.match(error.message, message);
    return true;
  });
}
