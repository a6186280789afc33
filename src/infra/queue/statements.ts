import type { PoolClient } from 'pg';
import type { Statement } from '#src/infra/database/pipelined.ts';
import type { JobQueue } from './job-queue.ts';
import type { DeliveryQueue, NewJob } from './jobs.ts';

// What a transaction of the pipeline does to the queues, as one statement each.

export function enqueue(queue: JobQueue, name: DeliveryQueue, jobs: NewJob[]): Statement<void> {
  return (client) => queue.insert(name, jobs, client);
}

/** Tells the workers that jobs are due. Once a flush: commits that notify cannot be grouped by PostgreSQL. */
export async function wakeWorkers(client: PoolClient): Promise<void> {
  await client.query(`select pg_notify('deliveries', '')`);
}
