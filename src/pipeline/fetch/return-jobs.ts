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
 * Ends leases before their time, at shutdown: what they cover is due at once, for any process. What has come due already
 * may be with another process, and is left to that.
 */
export async function returnJobs(leases: Lease[], { pool, queue, clock }: Dependencies): Promise<void> {
  if (leases.length === 0) return;
  await transaction(pool, async (client) => {
    const ids = leases.map(({ jobId }) => jobId);
    const ended = await queue.delete('deliver', ids, client);
    const due = leases
      .filter(({ jobId }) => ended.has(jobId))
      .map(({ data }) => ({ id: uuidv7(clock.now()), data, startAfterSeconds: 0 }));
    await queue.insert('deliver', due, client);
    await client.query(`select pg_notify('deliveries', '')`);
  });
}
