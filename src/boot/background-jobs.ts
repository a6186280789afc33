import type { Container } from '#src/container.ts';
import { purgeAccount } from '#src/domain/accounts/purge.ts';
import { applyRetention } from '#src/domain/retention/retention.ts';
import { BACKGROUND_QUEUES, type BackgroundJobs, type BackgroundQueue } from '#src/infra/queue/jobs.ts';
import type { Part } from './start-parts.ts';

interface BackgroundJob<Q extends BackgroundQueue> {
  /** Jobs of the queue that one process handles at a time. */
  concurrency: number;
  /** Throws when the job is to be tried again. */
  handle(data: BackgroundJobs[Q], stopping: AbortSignal): Promise<void>;
}

/** A queue without an entry does not compile. */
export type BackgroundJobTable = { readonly [Q in BackgroundQueue]: BackgroundJob<Q> };

/** What the handlers need. */
export type JobDependencies = Pick<Container, 'clock' | 'herokuPlatform' | 'mailer' | 'pool'>;

/** Which handler does the jobs of a queue. Handlers that may take hours end at `stopping`; the next process goes on. */
export function backgroundJobs(deps: JobDependencies): BackgroundJobTable {
  const { clock, herokuPlatform, mailer, pool } = deps;
  return {
    // Destroys what a deprovisioned account has left.
    'account-purge': {
      concurrency: 1,
      handle: (removed, stopping) => purgeAccount(pool, removed, stopping),
    },
    // Deletes what is older than the account's plan keeps.
    'account-retention': {
      concurrency: 1,
      handle: ({ accountId }, stopping) => applyRetention({ pool, clock }, accountId, stopping),
    },
    // Exchanges the grant of a provision for tokens.
    'heroku-authorization': {
      concurrency: 8,
      handle: ({ resourceId }) => herokuPlatform.exchangeGrant(resourceId),
    },
    // Puts the resource's current API key into the config of the customer's apps.
    'heroku-config': {
      concurrency: 1,
      handle: ({ resourceId }) => herokuPlatform.updateConfig(resourceId),
    },
    // Reads names and people again, and subscribes to Heroku's webhooks.
    'heroku-sync': {
      concurrency: 2,
      handle: ({ resourceId }) => herokuPlatform.syncResource(resourceId),
    },
    // Sends a mail that is in the database.
    mail: {
      concurrency: 2,
      handle: ({ mailId }) => mailer.send(mailId),
    },
  };
}

/** Works on every background queue. At stop long handlers are aborted; the queue waits for those that are under way. */
export function backgroundWork(deps: JobDependencies & Pick<Container, 'queue'>): Part {
  const jobs = backgroundJobs(deps);
  const stopping = new AbortController();
  const workOn = async <Q extends BackgroundQueue>(queue: Q, job: BackgroundJobTable[Q]) => {
    const { concurrency } = job;
    await deps.queue.workOn(queue, (data) => job.handle(data, stopping.signal), { concurrency });
  };
  return {
    name: 'background jobs',
    async start() {
      for (const queue of BACKGROUND_QUEUES) await workOn(queue, jobs[queue]);
    },
    stop() {
      stopping.abort();
    },
  };
}
