import type { Pool } from 'pg';
import type { DatabaseEngine } from './engine.ts';

// On Citus a transaction changes the data plane on a worker, and the queue and the control plane on the coordinator.
// Citus prepares a transaction on each node (two-phase commit) only when it knows of changes on several, and ordinary
// tables of the coordinator are not among what it knows. Then it commits on the worker first: a coordinator that dies
// in that moment, or a connection to the worker that is lost, leaves a message without a job.

/** A table of the coordinator that Citus knows. It is always empty: a statement that changes nothing suffices. */
const MARKER = 'two_phase';

const BEGIN: Record<DatabaseEngine, string> = {
  postgresql: 'begin',
  citus: `begin; delete from ${MARKER}`,
};

/** SQL that begins a transaction which commits on all nodes or on none. */
export function beginOn(pool: Pool): string {
  return BEGIN[engineOf(pool)];
}

/** The engine that `createPool` was told of. */
export function engineOf(pool: Pool & { engine?: DatabaseEngine }): DatabaseEngine {
  return pool.engine ?? 'postgresql';
}

/** Part of the release. Safe to repeat. */
export async function prepareTwoPhase(pool: Pool): Promise<void> {
  await pool.query(`create table if not exists ${MARKER} (nothing boolean)`);
  const { rowCount } = await pool.query('select from pg_dist_partition where logicalrelid = $1::regclass', [
    MARKER,
  ]);
  if (rowCount === 0) await pool.query('select citus_add_local_table_to_metadata($1)', [MARKER]);
}
