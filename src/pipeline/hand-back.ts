import type { Pool } from 'pg';
import { transaction } from '../database/transaction.ts';
import type { Clock } from '../lib/clock.ts';
import { uuidv7 } from '../lib/ids.ts';
import type { JobQueue } from '../queue/job-queue.ts';
import type { Lease } from './lease.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
}

/** Ends leases before their time, at shutdown: what they cover is due at once, for any process. */
export async function handBack(leases: Lease[], { pool, queue, clock }: Dependencies): Promise<void> {
  if (leases.length === 0) return;
  await transaction(pool, async (client) => {
    await queue.delete(
      'deliver',
      leases.map(({ jobId }) => jobId),
      client,
    );
    const due = leases.map(({ data }) => ({ id: uuidv7(clock.now()), data, startAfterSeconds: 0 }));
    await queue.insert('deliver', due, client);
    await client.query(`select pg_notify('deliveries', '')`);
  });
}
