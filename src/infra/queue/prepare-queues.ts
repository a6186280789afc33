import type { Pool } from 'pg';
import type { PgBoss } from 'pg-boss';
import type { DatabaseEngine } from '#src/infra/database/engine.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { createBoss, tableOf } from './boss.ts';
import { BACKGROUND_QUEUES, DELIVERY_QUEUES, PARKED_QUEUE, type Queue } from './jobs.ts';
import { releaseParked } from './parking.ts';
import { settingsOf } from './queue-settings.ts';
import { indexDueJobs } from './take-due-jobs.ts';

/**
 * Installs pg-boss and the queues with the settings of this version; part of the release. Safe to repeat, and to run in
 * several processes at once.
 */
export async function prepareQueues(pool: Pool, engine: DatabaseEngine = 'postgresql'): Promise<void> {
  // The lock is a transaction's, because behind a pooler a session's would stay with a connection that others get.
  await transaction(pool, async (lock) => {
    await lock.query(`select pg_advisory_xact_lock(hashtext('prepare_queues'))`);
    await installQueues(pool, engine);
  });
}

async function installQueues(pool: Pool, engine: DatabaseEngine): Promise<void> {
  const boss = createBoss(pool, { engine, supervises: false, migrates: true });
  await boss.start();
  try {
    for (const queue of DELIVERY_QUEUES) {
      await prepareQueue(boss, queue, { partition: true });
      const table = await tableOf(boss, queue);
      // A burst into an empty queue is planned by old statistics until autovacuum analyses the table, so it does so
      // often.
      await pool.query(`alter table ${table} set (autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`);
      await indexDueJobs(pool, table, queue);
    }
    for (const queue of [...BACKGROUND_QUEUES, PARKED_QUEUE] as const)
      await prepareQueue(boss, queue, { partition: false });
    await releaseParked(pool, boss);
  } finally {
    await boss.stop({ graceful: false });
  }
}

/** Creates a queue, or updates the settings of an existing one; they apply to jobs that are sent afterwards. */
async function prepareQueue(
  boss: PgBoss,
  queue: Queue,
  { partition }: { partition: boolean },
): Promise<void> {
  const fixed = { policy: 'standard', partition } as const;
  const there = await boss.getQueue(queue);
  if (there === null) await boss.createQueue(queue, fixed);
  // Not made anew, because its jobs may be the only record of outstanding work.
  else if (there.policy !== fixed.policy || there.partition !== fixed.partition) {
    throw new Error(
      `The queue ${queue} was made with another policy, or not in a table as now, which cannot be changed: ` +
        `it is ${JSON.stringify({ policy: there.policy, partition: there.partition })}, wanted is ${JSON.stringify(fixed)}`,
    );
  }
  await boss.updateQueue(queue, settingsOf(queue));
}
