import type { UpdateQueueOptions } from 'pg-boss';
import type { BackgroundQueue, DeliveryQueue } from './jobs.ts';

/** How the jobs of a queue are tried again, and for how long they are kept. */
export function settingsOf(queue: BackgroundQueue | DeliveryQueue): UpdateQueueOptions {
  // Deliveries know by themselves when they are tried again: pg-boss only keeps their jobs.
  if (queue === 'deliver' || queue === 'retry') return DEFAULTS;
  return { ...DEFAULTS, ...UNTIL_DONE, ...SPECIAL[queue] };
}

/** A job that nobody fetched is never dropped for its age: it is the proof that a delivery is owed. */
const RETENTION_SECONDS = 10 * 365 * 86_400;

/** pg-boss's own settings, written out: so a queue that had another one before gets it back. */
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

/** Work that must end some day: tried again for weeks, also when its process died. */
const UNTIL_DONE = {
  retryLimit: 1000,
  retryDelay: 5,
  retryBackoff: true,
  retryDelayMax: 3600,
  expireInSeconds: 3600,
};

/** Work that may take hours goes on for as long as its process says that it is alive, and elsewhere a minute after that. */
const WHILE_ALIVE = { expireInSeconds: 23 * 3600, heartbeatSeconds: 60 };

/** The five minutes of a grant leave no time for long waits, nor for a process that died with one. */
const WITHIN_MINUTES = { retryDelay: 2, retryDelayMax: 20, expireInSeconds: 30 };

/**
 * One job waits for each resource, so what is told of it meanwhile waits as well: for minutes after Heroku is back, not an
 * hour. Nearly a year of tries, because as long as it waits nothing else asks.
 */
const WHILE_HEROKU_IS_AWAY = { retryDelayMax: 300, retryLimit: 100_000 };

const SPECIAL: Partial<Record<BackgroundQueue, UpdateQueueOptions>> = {
  'account-purge': WHILE_ALIVE,
  'account-retention': WHILE_ALIVE,
  'heroku-authorization': WITHIN_MINUTES,
  'heroku-sync': WHILE_HEROKU_IS_AWAY,
};
