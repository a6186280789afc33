import type { Pool, PoolClient } from 'pg';
import { type QueueRules, queueRulesOf } from '#src/domain/outbound-rules/queueing.ts';
import type { AppRules, EndpointRules } from '#src/domain/outbound-rules/rules.ts';
import type { QueueKey } from './queue-wakes.ts';

/** A queue that is locked, with what governs it now. */
export interface LockedQueue {
  /** `null`: the endpoint needs no queue any more, or is gone. */
  rules: QueueRules | null;
  /** Not before then, by its rate limit. */
  nextReleaseAt: Date | null;
  /** By the database's clock. */
  now: Date;
}

interface Row {
  rules: EndpointRules | null;
  appRules: AppRules | null;
  isPaused: boolean;
  nextReleaseAt: Date | null;
  now: Date;
}

/** Makes the row of a queue; it commits before the queue is looked at, so that who changes a rule finds it. */
export async function ensureQueue(pool: Pool, { accountId, appId, endpointId }: QueueKey): Promise<void> {
  await pool.query(
    'insert into endpoint_queues (account_id, app_id, endpoint_id) values ($1, $2, $3) on conflict do nothing',
    [accountId, appId, endpointId],
  );
}

/** Locks the queue until the transaction ends, and answers whether it did: another worker may have it locked. */
export async function lockQueue(client: PoolClient, { accountId, endpointId }: QueueKey): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from endpoint_queues where account_id = $1 and endpoint_id = $2 for update skip locked',
    [accountId, endpointId],
  );
  return rowCount === 1;
}

/** What governs a queue that is locked. */
export async function readQueue(
  client: PoolClient,
  { accountId, endpointId }: QueueKey,
): Promise<LockedQueue> {
  const { rows } = await client.query<Row>(READ, [accountId, endpointId]);
  const [row] = rows;
  if (row === undefined) throw new Error('A queue that is locked was not found');
  const { rules, appRules, isPaused, nextReleaseAt, now } = row;
  return {
    rules: rules === null ? null : queueRulesOf(rules, appRules ?? {}, { isPaused }),
    nextReleaseAt,
    now,
  };
}

/** Keeps when the next release may be, or forgets the queue: when it is empty, and its pace allows a release. */
export async function keepQueue(
  client: PoolClient,
  { accountId, endpointId }: QueueKey,
  { nextReleaseAt, now }: Pick<LockedQueue, 'nextReleaseAt' | 'now'>,
): Promise<void> {
  await client.query(
    'update endpoint_queues set next_release_at = $3 where account_id = $1 and endpoint_id = $2',
    [accountId, endpointId, nextReleaseAt],
  );
  if (nextReleaseAt !== null && nextReleaseAt > now) return;
  const { rowCount } = await client.query(
    'select from queue_entries where account_id = $1 and endpoint_id = $2 limit 1',
    [accountId, endpointId],
  );
  if (rowCount !== 0) return;
  await client.query('delete from endpoint_queues where account_id = $1 and endpoint_id = $2', [
    accountId,
    endpointId,
  ]);
}

const READ = `
  select endpoints.rules, apps.rules as "appRules", endpoints.paused_at is not null as "isPaused",
    next_release_at as "nextReleaseAt", date_trunc('milliseconds', clock_timestamp()) as now
  from endpoint_queues q
  left join endpoints on endpoints.account_id = q.account_id and endpoints.id = q.endpoint_id
  left join apps on apps.account_id = q.account_id and apps.id = q.app_id
  where q.account_id = $1 and q.endpoint_id = $2`;
