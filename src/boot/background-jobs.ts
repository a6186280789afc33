import type { Container } from '#src/container.ts';
import { actingAs, heroku } from '#src/domain/audit/actor.ts';
import { purgeAccount } from '#src/domain/accounts/purge.ts';
import { applyRetention } from '#src/domain/retention/retention.ts';
import { BACKGROUND_QUEUES, type BackgroundJobs, type BackgroundQueue } from '#src/infra/queue/jobs.ts';
import type { Part } from './start-parts.ts';

interface BackgroundJob<Q extends BackgroundQueue> {
  /** Jobs of the queue that one process handles at a time. */
  concurrency: number;
  /** Runs one job. When it throws, the job is retried with backoff. */
  handle(data: BackgroundJobs[Q], stopping: AbortSignal): Promise<void>;
}

/** One entry for each queue; a missing one does not compile. */
export type BackgroundJobTable = { readonly [Q in BackgroundQueue]: BackgroundJob<Q> };

export type JobDependencies = Pick<
  Container,
  'announcementPoster' | 'channels' | 'clock' | 'herokuPlatform' | 'logger' | 'mailer' | 'pool'
>;

/**
 * The handlers of all background queues. Handlers that may take hours end at `stopping`, and the next process
 * continues.
 */
export function backgroundJobs(deps: JobDependencies): BackgroundJobTable {
  const { announcementPoster, channels, clock, herokuPlatform, logger, mailer, pool } = deps;
  return {
    'account-purge': {
      concurrency: 1,
      handle: (removal, stopping) => {
        // The audit log goes with the account, so this line is what is left of its end.
        logger.info(removal, 'purging an account that was deleted');
        return purgeAccount(pool, removal, stopping);
      },
    },
    'account-retention': {
      concurrency: 1,
      handle: ({ accountId }, stopping) => applyRetention({ pool, clock }, accountId, stopping),
    },
    channel: {
      concurrency: 4,
      handle: (told) => channels.send(told),
    },
    'heroku-authorization': {
      concurrency: 8,
      handle: ({ resourceId }) =>
        actingAs(heroku(resourceId), () => herokuPlatform.exchangeGrant(resourceId)),
    },
    'heroku-config': {
      concurrency: 1,
      handle: ({ resourceId }) => actingAs(heroku(resourceId), () => herokuPlatform.updateConfig(resourceId)),
    },
    'heroku-sync': {
      concurrency: 2,
      handle: ({ resourceId }) => actingAs(heroku(resourceId), () => herokuPlatform.syncResource(resourceId)),
    },
    mail: {
      concurrency: 2,
      handle: ({ mailId }) => mailer.send(mailId),
    },
    'own-webhooks': {
      concurrency: 16,
      handle: (announced) => announcementPoster.post(announced),
    },
  };
}

/**
 * Runs the handlers on every background queue. At stop it aborts long handlers; the queue waits for those under way.
 */
export function backgroundWork(deps: JobDependencies & Pick<Container, 'notifications' | 'queue'>): Part {
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
      // What happened is told at once, and not when the queue is polled next.
      deps.notifications.on('own_webhooks', () => {
        deps.queue.wake('own-webhooks');
      });
    },
    stop() {
      stopping.abort();
    },
  };
}
