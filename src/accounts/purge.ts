import type { Pool, PoolClient } from 'pg';
import type { SendJob } from '../queue/jobs.ts';

const SECOND_PURGE_SECONDS = 600;

/** Queues {@link purgeAccount}; twice, because an attempt that was under way may be written down after the first. */
export async function enqueuePurge(send: SendJob, accountId: string, client: PoolClient): Promise<void> {
  await send('account-purge', { accountId }, { client });
  await send('account-purge', { accountId }, { client, startAfterSeconds: SECOND_PURGE_SECONDS });
}

const BATCH = 1000;

/** Whatever may be large: each table's rows of an account are found by the rest of its primary key. */
const TABLES: readonly [table: string, key: string][] = [
  ['attempts', 'app_id, id'],
  ['deliveries', 'message_id, endpoint_id'],
  ['messages', 'app_id, id'],
  ['message_event_ids', 'app_id, event_id'],
  ['delivery_counts', 'endpoint_id, hour'],
  ['replays', 'id'],
  ['hook_helper_requests', 'id'],
  ['endpoint_revisions', 'app_id, subscription_id, endpoint_id, revision'],
];

/**
 * Destroys everything of a deprovisioned account. In batches, each committed by itself, so that no long transaction
 * holds back vacuum; interrupted, it goes on where it was; again, it removes what was written meanwhile (an attempt
 * that was under way).
 */
export async function purgeAccount(pool: Pool, accountId: string): Promise<void> {
  await refuseIfInUse(pool, accountId);
  for (const [table, key] of TABLES) await deleteInBatches(pool, { table, key, accountId });
  // Takes what is left of the control plane with it.
  await pool.query('delete from accounts where id = $1', [accountId]);
}

/** Fails closed: a wrong id must not cost a customer the data. */
async function refuseIfInUse(pool: Pool, accountId: string): Promise<void> {
  const { rowCount } = await pool.query('select from heroku_resources where account_id = $1', [accountId]);
  if (rowCount !== 0) throw new Error(`Account ${accountId} belongs to a resource that is not deprovisioned`);
}

async function deleteInBatches(
  pool: Pool,
  { table, key, accountId }: { table: string; key: string; accountId: string },
): Promise<void> {
  let deleted: number | null = BATCH;
  while (deleted === BATCH) {
    ({ rowCount: deleted } = await pool.query(
      `delete from ${table} where account_id = $1 and (${key}) in
         (select ${key} from ${table} where account_id = $1 limit ${String(BATCH)})`,
      [accountId],
    ));
  }
}
