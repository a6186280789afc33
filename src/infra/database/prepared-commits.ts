import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { engineOf } from './two-phase.ts';

const POLL_MS = 20;
const MAX_POLLS = 100;

/**
 * Resolves when Citus has committed on the workers what is committed on the coordinator now. A transaction of both is
 * prepared on the workers and committed on the coordinator first: for some milliseconds others find its rows here, a
 * job, and not those there, its message. When a worker or a connection failed in between it takes until Citus' daemon
 * has recovered the transaction, within a minute: throws then.
 */
export async function preparedCommitsEnd(pool: Pool): Promise<void> {
  let open = await preparedOnWorkers(pool);
  for (let polls = 0; open.size > 0; polls += 1) {
    if (polls === MAX_POLLS)
      throw new Error(`Transactions are not committed on the workers of Citus yet: ${[...open].join(', ')}`);
    await delay(POLL_MS);
    open = open.intersection(await preparedOnWorkers(pool));
  }
}

/** Before a look for what may be committed: {@link preparedCommitsEnd} on Citus, nothing elsewhere. */
export async function committedEverywhere(pool: Pool): Promise<void> {
  if (engineOf(pool) === 'citus') await preparedCommitsEnd(pool);
}

async function preparedOnWorkers(pool: Pool): Promise<Set<string>> {
  const { rows } = await pool.query<{ success: boolean; result: string }>(
    `select success, result from run_command_on_workers($$
       select coalesce(json_agg(gid), '[]') from pg_prepared_xacts where database = current_database() and gid like 'citus\\_%'
     $$)`,
  );
  const failed = rows.find(({ success }) => !success);
  if (failed !== undefined) throw new Error(`A worker of Citus did not answer: ${failed.result}`);
  return new Set(rows.flatMap(({ result }) => JSON.parse(result) as string[]));
}
