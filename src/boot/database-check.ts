import type { Pool } from 'pg';
import { createPool } from '#src/infra/database/connection.ts';
import { refuseUndistributed } from '#src/infra/database/distribute-tables.ts';
import type { DatabaseEngine } from '#src/infra/database/engine.ts';
import { pendingMigrations } from '#src/infra/database/migrator.ts';
import { refuseWrongEngine } from '#src/infra/database/refuse-engine.ts';
import { refuseOldServer } from '#src/infra/database/server-version.ts';
import { CannotStart, reasonOf } from '#src/infra/lib/cannot-start.ts';
import { areQueuesInstalled } from '#src/infra/queue/installed.ts';

/**
 * Throws {@link CannotStart} when the database of `url` cannot be reached, is of a PostgreSQL too old, or lacks a
 * migration of this version, the queues or, with `citus`, the distribution. Compares the names of the migrations alone:
 * the schema itself is not read.
 */
export async function checkDatabase(url: string, engine: DatabaseEngine): Promise<void> {
  const pool = createPool({ url, max: 1, applicationName: 'hostedhooks-check', onError: () => undefined });
  try {
    await reach(pool);
    await refuseOldServer(pool);
    await refuseWrongEngine(pool, engine);
    if ((await pendingMigrations(pool)).length > 0 || !(await areQueuesInstalled(pool))) {
      throw new CannotStart('The database is not migrated: run `node src/release.ts` first.');
    }
    if (engine === 'citus') await refuseUndistributed(pool);
  } finally {
    await pool.end();
  }
}

/** Throws {@link CannotStart} with the reason when the database of `url` cannot be reached. */
export async function reachDatabase(url: string): Promise<void> {
  const pool = createPool({ url, max: 1, applicationName: 'hostedhooks-check', onError: () => undefined });
  try {
    await reach(pool);
  } finally {
    await pool.end();
  }
}

async function reach(pool: Pool): Promise<void> {
  try {
    await pool.query('select 1');
  } catch (cause) {
    throw new CannotStart(`DATABASE_URL: the database cannot be reached (${reasonOf(cause)}).`, { cause });
  }
}
