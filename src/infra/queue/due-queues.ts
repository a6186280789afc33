import type { Pool } from 'pg';
import { Poller } from '#src/infra/lib/poller.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';

const POLL_MS = 1000;

interface Options<Q extends string> {
  pool: Pool;
  logger: Logger;
  /** The background queues to poll, asked at every poll. */
  queues: () => Q[];
  onDue: (queue: Q) => void;
}

/** Polls for background queues with due jobs, by one statement for all of them; not started. */
export function pollDueQueues<Q extends string>({ pool, logger, queues, onDue }: Options<Q>): Poller {
  return new Poller({
    poll: async () => {
      const polled = queues();
      if (polled.length > 0) for (const queue of await dueQueues(pool, polled)) onDue(queue);
      return false;
    },
    intervalMs: POLL_MS,
    onError: (error) => {
      logger.warn({ err: error }, 'background queues could not be polled; trying again');
    },
  });
}

async function dueQueues<Q extends string>(pool: Pool, queues: Q[]): Promise<Q[]> {
  const { rows } = await pool.query<{ name: Q }>(
    `select name from unnest($1::text[]) as queues (name) where exists (
       select from pgboss.job_common job where job.name = queues.name
         and job.state < 'active' and not job.blocked and job.start_after <= pgboss.job_now()
     )`,
    [queues],
  );
  return rows.map(({ name }) => name);
}
