import type { Pool, PoolClient } from 'pg';
import { deleteInBatches } from '#src/infra/database/delete-in-batches.ts';
import { forgetAnnouncements } from '#src/domain/announcements/forget-announcements.ts';
import { createThrottle } from '#src/infra/lib/throttle.ts';
import { forgetJobsOfAccount } from '#src/infra/queue/forget-account.ts';
import type { BackgroundJobs, SendJob } from '#src/infra/queue/jobs.ts';

const SECOND_PURGE_SECONDS = 600;

type Removal = BackgroundJobs['account-purge'];
type RemovedAccount = Pick<Removal, 'accountId' | 'resourceId'>;

/** Queues {@link purgeAccount} twice, because an attempt that is under way may be written after the first purge. */
export async function enqueuePurge(send: SendJob, removal: Removal, client: PoolClient): Promise<void> {
  await send('account-purge', removal, { client });
  await send('account-purge', removal, { client, startAfterSeconds: SECOND_PURGE_SECONDS });
}

/** The tables that may be large, with the rest of their primary keys. The others are deleted with the account's row. */
const LARGE: readonly [table: string, ...key: string[]][] = [
  ['attempts', 'app_id', 'id'],
  ['deliveries', 'message_id', 'endpoint_id'],
  ['messages', 'app_id', 'id'],
  ['queue_entries', 'endpoint_id', 'message_id'],
  ['deduplication_keys', 'endpoint_id', 'hash'],
  ['endpoint_queues', 'endpoint_id'],
  ['endpoint_queue_wakes', 'endpoint_id', 'id'],
  ['search_blocks', 'app_id', 'list', 'from_id'],
  ['search_recounts', 'app_id', 'list', 'from_id'],
  ['message_event_ids', 'app_id', 'event_id'],
  ['idempotency_keys', 'key_hash'],
  ['message_counts', 'day', 'shard'],
  ['delivery_counts', 'endpoint_id', 'hour'],
  ['app_delivery_counts', 'app_id', 'slot', 'shard'],
  ['replays', 'id'],
  ['hook_helper_requests', 'id'],
  ['transformation_executions', 'id'],
  ['audit_events', 'id'],
  ['api_requests', 'id'],
];

/**
 * Deletes all data of an account that has ended, in throttled batches that commit one by one, so that neither vacuum
 * nor the deliveries of others wait for it. After an interruption it goes on; a second run deletes what was written
 * meanwhile.
 */
export async function purgeAccount(
  pool: Pool,
  removed: RemovedAccount,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const { accountId } = removed;
  await refuseIfInUse(pool, removed);
  const throttle = createThrottle({ signal });
  await forgetJobsOfAccount(pool, removed, throttle);
  for (const [table, ...key] of LARGE) await deleteInBatches(pool, { table, key, accountId }, throttle);
  await forgetAnnouncements(pool, accountId, throttle);
  await pool.query('delete from accounts where id = $1', [accountId]);
}

/** Fails closed, because a wrong id must not cost a customer the data. */
async function refuseIfInUse(pool: Pool, { accountId, resourceId }: RemovedAccount): Promise<void> {
  const { rowCount } = await pool.query('select from heroku_resources where account_id = $1', [accountId]);
  if (rowCount !== 0) throw new Error(`Account ${accountId} belongs to a resource that is not deprovisioned`);
  if (resourceId !== null) return;
  const { rowCount: people } = await pool.query('select from members where account_id = $1', [accountId]);
  if (people !== 0) throw new Error(`Account ${accountId} has people and was not deleted`);
}
