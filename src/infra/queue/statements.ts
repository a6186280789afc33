import type { PoolClient } from 'pg';
import type { Statement } from '#src/infra/database/pipelined.ts';
import type { JobQueue } from './job-queue.ts';
import type { DeliveryQueue, NewJob } from './jobs.ts';

// The pipeline's writes to the queues, one statement each, for pipelined transactions.

export function enqueue(queue: JobQueue, name: DeliveryQueue, jobs: NewJob[]): Statement<void> {
  return (client) => queue.insert(name, jobs, client);
}

export function endJobs(queue: JobQueue, name: DeliveryQueue, ids: string[]): Statement<Set<string>> {
  return (client) => queue.delete(name, ids, client);
}

/** Notifies the workers that jobs are due. Once a flush, because PostgreSQL cannot group commits that notify. */
export async function wakeWorkers(client: PoolClient): Promise<void> {
  await client.query(`select pg_notify('deliveries', '')`);
}
