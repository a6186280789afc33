import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { Lease } from '#src/domain/deliveries/lease.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
}

/**
 * Ends leases early, so that the deliveries of their jobs are due at once, or in so many seconds, for any process. A
 * lease that has expired is left alone, because another process may have rescued its job.
 */
export async function returnJobs(
  leases: Lease[],
  { pool, queue, clock }: Dependencies,
  startAfterSeconds = 0,
): Promise<void> {
  if (leases.length === 0) return;
  await transaction(pool, async (client) => {
    const ids = leases.map(({ jobId }) => jobId);
    const ended = await queue.delete('deliver', ids, client);
    const due = leases
      .filter(({ jobId }) => ended.has(jobId))
      .map(({ returnedData: data }) => ({ id: uuidv7(clock.now()), data, startAfterSeconds }));
    await queue.insert('deliver', due, client);
    await client.query(`select pg_notify('deliveries', '')`);
  });
}
