import type { PoolClient } from 'pg';

/** The outstanding deliveries of one account that a job of the delivery queues names; it holds no payload. */
export interface DeliveryJobData {
  /** Messages whose deliveries to all endpoints without a delivery row are outstanding. */
  messages?: MessageGroup[];
  /** Single deliveries that have a row. */
  deliveries?: DeliveryRef[];
  /**
   * Whether a process may have sent some of them and not have written what came of it: of a lease, and of what was
   * rescued from one.
   */
  mayHaveBeenSent?: true;
  /** How many processes died while they had it; of a lease, as if its process died. */
  deaths?: number;
}

/** Messages of one app. */
export interface MessageGroup {
  accountId: string;
  appId: string;
  messageIds: string[];
}

/**
 * Why a delivery is attempted. `automatic`: by the retry schedule. `replay`: requested by a person or through the API,
 * beside the schedule. `probe`: one attempt at an endpoint that we disabled, the half-open trial of its circuit
 * breaker.
 */
export type DeliveryTrigger = 'automatic' | 'replay' | 'probe';

export interface DeliveryRef {
  accountId: string;
  appId: string;
  messageId: string;
  endpointId: string;
  attemptsMade: number;
  /**
   * The row's `next_attempt_at`, ISO 8601 in UTC. A job whose time differs from the row's is stale: a later job
   * replaced it.
   */
  dueAt: string;
  trigger: DeliveryTrigger;
  /** Whether it was released from the queue of its endpoint, which it leaves or returns to. */
  isQueued?: true | undefined;
  /** Probes only: the state to which the delivery returns when the probe fails. */
  missedAs?: 'failed' | 'held' | undefined;
}

/** `deliver`: due jobs and leases. `retry`: later attempts, kept apart because waiting rows would slow a fetch. */
export const DELIVERY_QUEUES = ['deliver', 'retry'] as const;
export type DeliveryQueue = (typeof DELIVERY_QUEUES)[number];

/**
 * The queues of background work, with the data of their jobs. A job runs at least once, and is retried until it
 * succeeds.
 */
export interface BackgroundJobs {
  /**
   * Deletes the data of an account that has ended; without a resource, of one without Heroku. `deletedBy`: the id of a
   * person.
   */
  'account-purge': { accountId: string; resourceId: string | null; deletedBy: string | null };
  /** Deletes messages that are older than the account's plan keeps. */
  'account-retention': { accountId: string };
  /** Exchanges the grant of a provision request for tokens. A grant is valid for five minutes. */
  'heroku-authorization': { resourceId: string };
  /** Puts the resource's current API key into the config of the customer's apps. */
  'heroku-config': { resourceId: string };
  /** Refreshes the resource's names and people from Heroku, and subscribes to Heroku's webhooks. */
  'heroku-sync': { resourceId: string };
  /** Posts to a channel of an app what happened to its endpoints. */
  channel: { accountId: string; channelId: string; news: ChannelNews };
  /** Posts what happened in an account to the account's endpoints of our own app. */
  'own-webhooks': { accountId: string; type: string; eventId: string; data: object };
  /** Sends a mail of the table `mails`. */
  mail: { mailId: string };
}

/** What a channel is told, as its post says it. */
export interface ChannelNews {
  kind: string;
  /** One sentence. */
  title: string;
  /** The first of them. */
  endpoints: { url: string; subscriber: string; advice?: string }[];
  count: number;
  /** Where one acts on it. */
  url: string;
  /** Unix milliseconds. */
  atMs: number;
}

export type BackgroundQueue = keyof BackgroundJobs;

export const BACKGROUND_QUEUES = [
  'account-purge',
  'account-retention',
  'channel',
  'heroku-authorization',
  'heroku-config',
  'heroku-sync',
  'mail',
  'own-webhooks',
] as const satisfies BackgroundQueue[];

/** Sends a background job in the transaction of `client`: it exists if that commits. */
export type SendJob = <Q extends BackgroundQueue>(
  queue: Q,
  data: BackgroundJobs[Q],
  options: { client: PoolClient; startAfterSeconds?: number },
) => Promise<void>;

export interface NewJob {
  id: string;
  data: DeliveryJobData;
  startAfterSeconds: number;
}

/** The account of a job. A job names deliveries of one account only, so that a fetch can exclude accounts. */
export function accountOf({ messages = [], deliveries = [] }: DeliveryJobData): string | undefined {
  const [first] = [...messages, ...deliveries];
  return first?.accountId;
}

/** A message by its primary key, with the names of its columns. */
export interface NamedMessage {
  account_id: string;
  app_id: string;
  id: string;
}

/** The messages of all deliveries that a job names, without duplicates. */
export function namedMessages({ messages = [], deliveries = [] }: DeliveryJobData): NamedMessage[] {
  const named = new Map<string, NamedMessage>();
  for (const { accountId, appId, messageIds } of messages) {
    for (const id of messageIds) named.set(id, { account_id: accountId, app_id: appId, id });
  }
  for (const { accountId, appId, messageId: id } of deliveries) {
    named.set(id, { account_id: accountId, app_id: appId, id });
  }
  return [...named.values()];
}

/** Keeps parked jobs; no handler works on it. */
export const PARKED_QUEUE = 'parked';

export type Queue = BackgroundQueue | DeliveryQueue | typeof PARKED_QUEUE;

/** A job is parked when so many processes died with it under way, because the next one would die too. */
export const MAX_DEATHS = 3;

/** Messages or deliveries that one job names at most, so that a fetch stays small. */
export const MAX_REFS_PER_JOB = 100;
