import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { DeliveryQueue } from '#src/infra/queue/jobs.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';
import { prepareOurDatabase } from '#src/dev/bench/contenders/ours.ts';
import { fillQueue } from '#src/dev/bench/deep-queue.ts';
import { monotonicMs } from '#src/dev/bench/monotonic-clock.ts';
import { type Percentiles, percentilesOf } from '#src/dev/bench/percentiles.ts';
import type { Scenario } from './scenario.ts';

/** Milliseconds of one fetch: from a queue with few jobs, and from one with `depth` jobs. */
interface Fetches {
  shallow: Percentiles;
  deep: Percentiles;
}

export interface Fetching {
  depth: number;
  /** Fetches of 10 due jobs; `depth` jobs are due. */
  pending: Fetches;
  /** The same while half of the accounts are passed over. */
  passing: Fetches;
  /** Fetches of 200 due retries; `depth` further retries are not due yet. */
  deferred: Fetches;
  /** Fetches without any due job; `depth` retries are not due yet. */
  idle: Fetches;
}

/** The limits of the pipeline's own fetches. */
const JOBS_PER_FETCH: Record<DeliveryQueue, number> = { deliver: 10, retry: 200 };
const FETCHES = { deliver: 300, retry: 50, idle: 50 };
const COLD_FETCHES = 500;
const WARM_UP = 10;
const HOUR = 3600;

export const fetching: Scenario<Fetching> = {
  title: 'Fetching from deep queues',
  about:
    'Takes due jobs as a worker does, from a queue with a few jobs and beside many; statistics as autovacuum leaves them.',
  async measure(laboratory) {
    const { pool } = await prepareOurDatabase(laboratory, 'depth');
    const queue = new JobQueue({ pool, logger: createLogger('error'), supervises: false });
    laboratory.use(queue);
    await queue.start();
    const { depth } = laboratory;
    const due = { writtenBeforeSeconds: 10, dueInSeconds: -10, dueWithinSeconds: 10 };
    const fetch = (name: DeliveryQueue, count: number, passedOver: string[] = []) =>
      timeFetches({ queue, pool, name, count: laboratory.share(count), passedOver });
    const fillDue = (name: DeliveryQueue, fetches: number) =>
      fillQueue(queue, pool, {
        name,
        ...due,
        jobs: (laboratory.share(fetches) + WARM_UP) * JOBS_PER_FETCH[name],
      });
    const half = (accounts: string[]) => accounts.slice(0, accounts.length / 2);

    // Not measured, because V8 compiles and PostgreSQL fills its caches during the first fetches.
    await fetch('retry', COLD_FETCHES);
    const idleShallow = await fetch('retry', FETCHES.idle);
    await fillDue('deliver', FETCHES.deliver);
    const pendingShallow = await fetch('deliver', FETCHES.deliver);
    const few = half(await fillDue('deliver', FETCHES.deliver * 2));
    const passingShallow = await fetch('deliver', FETCHES.deliver, few);
    await fillDue('retry', FETCHES.retry);
    const dueShallow = await fetch('retry', FETCHES.retry);

    const [accounts] = await Promise.all([
      fillQueue(queue, pool, { name: 'deliver', ...due, jobs: depth, writtenBeforeSeconds: HOUR }),
      fillQueue(queue, pool, {
        name: 'retry',
        jobs: depth,
        writtenBeforeSeconds: HOUR,
        dueInSeconds: HOUR,
        dueWithinSeconds: HOUR,
      }),
    ]);
    const pendingDeep = await fetch('deliver', FETCHES.deliver);
    const passingDeep = await fetch('deliver', FETCHES.deliver, half(accounts));
    const idleDeep = await fetch('retry', FETCHES.idle);
    await fillDue('retry', FETCHES.retry);
    const dueDeep = await fetch('retry', FETCHES.retry);
    return {
      depth,
      pending: { shallow: pendingShallow, deep: pendingDeep },
      passing: { shallow: passingShallow, deep: passingDeep },
      deferred: { shallow: dueShallow, deep: dueDeep },
      idle: { shallow: idleShallow, deep: idleDeep },
    };
  },
  rows: ({ depth, pending, passing, deferred, idle }) => {
    const jobs = depth.toLocaleString('en-US');
    return [
      { fetch: `10 due jobs, of ${jobs} due`, ...row(pending) },
      { fetch: `10 due jobs, of ${jobs} due, half of the accounts passed over`, ...row(passing) },
      { fetch: `200 due retries, beside ${jobs} deferred`, ...row(deferred) },
      { fetch: `nothing due, beside ${jobs} deferred`, ...row(idle) },
    ];
  },
};

/** The share by which depth makes a fetch slower, from the medians, which autovacuum does not move. */
export function slowDown({ shallow, deep }: Fetches): number {
  return deep.p50 / shallow.p50 - 1;
}

interface Timing {
  queue: JobQueue;
  pool: Pool;
  name: DeliveryQueue;
  count: number;
  passedOver: string[];
}

async function timeFetches({ queue, pool, name, count, passedOver }: Timing): Promise<Percentiles> {
  const times: number[] = [];
  for (let index = 0; index < WARM_UP + count; index += 1) {
    const startedAtMs = monotonicMs();
    await transaction(pool, async (client) => {
      await client.query('set local enable_sort = off');
      await queue.take(name, { limit: JOBS_PER_FETCH[name], passedOver }, client);
    });
    times.push(monotonicMs() - startedAtMs);
  }
  return percentilesOf(times.slice(WARM_UP));
}

function row(fetches: Fetches) {
  return {
    'shallow p50 ms': fetches.shallow.p50,
    'p95 ms': fetches.shallow.p95,
    'deep p50 ms': fetches.deep.p50,
    'p95 ms ': fetches.deep.p95,
    'slower by %': Math.round(slowDown(fetches) * 100),
  };
}
