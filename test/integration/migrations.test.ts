import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '#src/database/connection.ts';
import { CannotStart } from '#src/lib/cannot-start.ts';
import { prepareDatabase } from '#src/prepare-database.ts';
import { createTestDatabase } from '#test/support/database.ts';

test('a database that an earlier state of a migration made is refused, with what to do', async () => {
  await using database = await createTestDatabase();
  const { url } = database;
  await prepareDatabase(url);
  await prepareDatabase(url);
  const pool = createPool({ url, max: 1, applicationName: 'test', onError: () => undefined });
  try {
    await pool.query(`update schema_migrations set checksum = 'of before' where name like '0002%'`);
  } finally {
    await pool.end();
  }
  await assert.rejects(prepareDatabase(url), (error) => {
    assert.ok(error instanceof CannotStart);
    assert.match(error.message, /0002-data-plane\.sql has changed since\. Remove the database/);
    return true;
  });
});
