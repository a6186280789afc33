import type { PoolClient } from 'pg';

/**
 * What a job of the delivery queues names; never a payload. `messages`: all their endpoints that have no delivery row.
 * `deliveries`: single ones, each with the time that it is due by its row, so that a job that was overtaken is recognised.
 */
export interface DeliveryJobData {
  messages?: MessageGroup[];
  deliveries?: DeliveryRef[];
}

/** Messages of one app. */
export interface MessageGroup {
  accountId: string;
  appId: string;
  messageIds: string[];
}

/**
 * `replay`: asked for by a person or the API, beside the schedule. `probe`: sent once to an endpoint that we turned off, to
 * see whether it is well again.
 */
export type DeliveryTrigger = 'automatic' | 'replay' | 'probe';

export interface DeliveryRef {
  accountId: string;
  appId: string;
  messageId: string;
  endpointId: string;
  attemptsMade: number;
  /** When it is due, as its row says: a job that was overtaken by a later one names another time. */
  dueAt: string;
  trigger: DeliveryTrigger;
  /** Of a probe: what the delivery is again when it fails. */
  missedAs?: 'failed' | 'held' | undefined;
}

/** `deliver`: due now, or leases. `retry`: later attempts, kept apart because rows that wait would slow a fetch. */
export const DELIVERY_QUEUES = ['deliver', 'retry'] as const;
export type DeliveryQueue = (typeof DELIVERY_QUEUES)[number];

/** Work beside deliveries: each a queue of its own, done at least once, tried again until it succeeds. */
export interface BackgroundJobs {
  /** Destroys what a deprovisioned account has left. */
  'account-purge': { accountId: string; resourceId: string };
  /** Deletes what is older than an account's plan keeps. */
  'account-retention': { accountId: string };
  /** Exchanges the grant of a provision for tokens, within its five minutes. */
  'heroku-authorization': { resourceId: string };
  /** Puts the resource's current API key into the config of the customer's apps. */
  'heroku-config': { resourceId: string };
  /** Reads names and people again, and asks for Heroku's webhooks. */
  'heroku-sync': { resourceId: string };
  /** Sends a mail that is in the database. */
  mail: { mailId: string };
}

export type BackgroundQueue = keyof BackgroundJobs;

export const BACKGROUND_QUEUES = [
  'account-purge',
  'account-retention',
  'heroku-authorization',
  'heroku-config',
  'heroku-sync',
  'mail',
] as const satisfies BackgroundQueue[];

/** Queues a job so that it exists exactly when the transaction of `client` commits. */
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

/** Whose a job is: each names deliveries of one account only, so that collecting can pass over those that have enough. */
export function accountOf({ messages = [], deliveries = [] }: DeliveryJobData): string | undefined {
  const [first] = [...messages, ...deliveries];
  return first?.accountId;
}

/** As the queries that look messages up take them. */
export interface NamedMessage {
  account_id: string;
  app_id: string;
  id: string;
}

/** The messages that a job names, also by single deliveries; each once. */
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

/** A job is at most this many messages or deliveries, so that a fetch stays small. */
export const MAX_REFS_PER_JOB = 100;
