import type { UpdateQueueOptions } from 'pg-boss';
import { type BackgroundQueue, PARKED_QUEUE, type Queue } from './jobs.ts';

/** Retries, expiry and retention of a queue's jobs. */
export function settingsOf(queue: Queue): UpdateQueueOptions {
  // pg-boss only stores the jobs of deliveries. Their retries are new jobs of the pipeline.
  if (queue === 'deliver' || queue === 'retry' || queue === PARKED_QUEUE) return DEFAULTS;
  return { ...DEFAULTS, ...UNTIL_DONE, ...SPECIAL[queue] };
}

/** Ten years, because a job that was not fetched names outstanding deliveries and must not expire. */
const RETENTION_SECONDS = 10 * 365 * 86_400;

/** pg-boss's own defaults, written out, so that a queue with an earlier setting returns to the default. */
const DEFAULTS = {
  retryLimit: 2,
  retryDelay: 0,
  retryBackoff: false,
  retryDelayMax: null,
  expireInSeconds: 900,
  heartbeatSeconds: null,
  retentionSeconds: RETENTION_SECONDS,
  deleteAfterSeconds: 7 * 86_400,
} satisfies UpdateQueueOptions;

/** Background work must succeed in the end: it is retried for weeks, also when its process died. */
const UNTIL_DONE = {
  retryLimit: 1000,
  retryDelay: 5,
  retryBackoff: true,
  retryDelayMax: 3600,
  expireInSeconds: 3600,
};

/** Work of up to hours: its process sends heartbeats, and another process takes the job a minute after the last one. */
const WHILE_ALIVE = { expireInSeconds: 23 * 3600, heartbeatSeconds: 60 };

/** A grant is valid for five minutes, so backoff and the expiry of a dead process' job are short. */
const WITHIN_MINUTES = { retryDelay: 2, retryDelayMax: 20, expireInSeconds: 30 };

/**
 * One job waits for each resource, and later changes of the resource join it. So the backoff is at most 5 minutes: a
 * change waits minutes after Heroku is back, not an hour. The limit is nearly a year of tries, because no second job is
 * sent while one waits.
 */
const WHILE_HEROKU_IS_AWAY = { retryDelayMax: 300, retryLimit: 100_000 };

/**
 * What somebody waits for: the job of a process that was killed is taken up within a minute. Each handler ends sooner,
 * and does nothing twice.
 */
const SOON = { expireInSeconds: 60, retryDelay: 1, retryDelayMax: 300 };

const SPECIAL: Partial<Record<BackgroundQueue, UpdateQueueOptions>> = {
  'account-purge': WHILE_ALIVE,
  'account-retention': WHILE_ALIVE,
  'heroku-authorization': WITHIN_MINUTES,
  'heroku-sync': WHILE_HEROKU_IS_AWAY,
  'own-webhooks': SOON,
};
