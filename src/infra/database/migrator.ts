import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Pool, PoolClient } from 'pg';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { transaction } from './transaction.ts';

const FOLDER = new URL('./migrations/', import.meta.url);

/**
 * Runs the pending migrations in one transaction and under a lock: of several processes that start together, one
 * migrates and the others wait. Answers the names of the migrations that it ran. Throws CannotStart when a migration
 * that ran has changed since.
 */
export async function migrate(pool: Pool): Promise<string[]> {
  return transaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtext('schema_migrations'))`);
    await client.query(
      `create table if not exists schema_migrations
       (name text primary key, run_at timestamptz not null default now(), checksum text)`,
    );
    await client.query('alter table schema_migrations add column if not exists checksum text');
    await refuseChanged(client);
    const names = await pendingOn(client);
    for (const name of names) {
      await client.query(await readFile(new URL(name, FOLDER), 'utf8'));
      await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [
        name,
        await checksumOf(name),
      ]);
    }
    return names;
  });
}

/**
 * Refuses a database whose migrations have changed since they ran. Until the first release migrations are edited in
 * place, and such a database would silently lack the additions.
 */
async function refuseChanged(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ name: string; checksum: string | null }>(
    'select name, checksum from schema_migrations order by name',
  );
  for (const { name, checksum } of rows) {
    if (checksum === (await checksumOf(name))) continue;
    throw new CannotStart(
      `The database was made by an earlier state of this software: its migration ${name} has changed since. ` +
        'Remove the database (of `npm start`: the folder .data) and start again.',
    );
  }
}

/** SHA-256 of a migration's file; null when the file does not exist. */
async function checksumOf(name: string): Promise<string | null> {
  try {
    return hash('sha256', await readFile(new URL(name, FOLDER)));
  } catch {
    return null;
  }
}

/** The names of the pending migrations; `['all']` for a new database. */
export async function pendingMigrations(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ exists: boolean }>(
    `select to_regclass('schema_migrations') is not null as exists`,
  );
  if (rows[0]?.exists !== true) return ['all'];
  return pendingOn(pool);
}

/**
 * In the order of their names. Our own, because a migration is a file that runs once, and the libraries for it load a
 * command line of their own into every process.
 */
async function pendingOn(client: Pool | PoolClient): Promise<string[]> {
  const files = await readdir(FOLDER);
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations');
  const ran = new Set(rows.map(({ name }) => name));
  return files.filter((name) => name.endsWith('.sql') && !ran.has(name)).sort();
}
