import type { Pool } from 'pg';
import type { PgBoss } from 'pg-boss';
import { createBoss, tableOf } from './boss.ts';
import { BACKGROUND_QUEUES, DELIVERY_QUEUES } from './jobs.ts';
import { indexDueJobs } from './take-due-jobs.ts';

/** A job that nobody fetched is never dropped for its age: it is the proof that a delivery is owed. */
const RETENTION_SECONDS = 10 * 365 * 86_400;

/** Work that must end some day: tried again for weeks, also when its process died. */
const UNTIL_DONE = {
  retryLimit: 1000,
  retryDelay: 5,
  retryBackoff: true,
  retryDelayMax: 3600,
  expireInSeconds: 3600,
  retentionSeconds: RETENTION_SECONDS,
};

/** Work that may take hours goes on for as long as its process says that it is alive, and elsewhere a minute after that. */
const LONG_WORK = new Set<string>(['account-purge', 'account-retention']);
const WHILE_ALIVE = { expireInSeconds: 23 * 3600, heartbeatSeconds: 60 };

/** The five minutes of a grant leave no time for long waits, nor for a process that died with one. */
const WITHIN_MINUTES = { retryDelay: 2, retryDelayMax: 20, expireInSeconds: 30 };

/** Installs pg-boss and the queues; part of the release. Safe to repeat, and at the same time from several processes. */
export async function prepareQueues(pool: Pool): Promise<void> {
  const lock = await pool.connect();
  try {
    await lock.query(`select pg_advisory_lock(hashtext('prepare_queues'))`);
    await installQueues(pool);
  } finally {
    // With the connection goes the lock.
    lock.release(true);
  }
}

async function installQueues(pool: Pool): Promise<void> {
  const boss = createBoss(pool, { supervises: false, migrates: true });
  await boss.start();
  for (const queue of DELIVERY_QUEUES) {
    await createQueue(boss, queue, {
      partition: true,
      policy: 'standard',
      retentionSeconds: RETENTION_SECONDS,
    });
    const table = await tableOf(boss, queue);
    // A burst into a queue that was just empty is planned by old statistics until it is analysed; keep those fresh.
    await pool.query(`alter table ${table} set (autovacuum_vacuum_scale_factor = 0.01,
      autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`);
    await indexDueJobs(pool, table, queue);
  }
  for (const queue of BACKGROUND_QUEUES) {
    const isLong = LONG_WORK.has(queue);
    const isUrgent = queue === 'heroku-authorization';
    const special = isLong ? WHILE_ALIVE : isUrgent ? WITHIN_MINUTES : {};
    await createQueue(boss, queue, { ...UNTIL_DONE, ...special });
  }
  await boss.stop({ graceful: false });
}

type QueueSettings = Parameters<PgBoss['createQueue']>[1];

async function createQueue(boss: PgBoss, name: string, settings: QueueSettings): Promise<void> {
  if ((await boss.getQueue(name)) === null) await boss.createQueue(name, settings);
}
