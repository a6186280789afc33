import type { Pool, PoolClient } from 'pg';
import { deleteInBatches, type Doomed } from '#src/infra/database/delete-in-batches.ts';
import type { Throttle } from '#src/infra/lib/throttle.ts';
import { PROVIDERS } from './providers-app.ts';

/** The account hears of nothing more: its endpoints of our own app are deleted. */
export async function endAnnouncements(client: PoolClient, accountId: string): Promise<void> {
  await client.query(
    `delete from endpoints where account_id = $1 and subscription_id in (
       select id from subscriptions where account_id = $1 and app_id = $2 and uid = $3)`,
    [PROVIDERS.accountId, PROVIDERS.appId, accountId],
  );
}

/** Deletes what was announced to the account, in throttled batches, and then its subscription of our own app. */
export async function forgetAnnouncements(pool: Pool, accountId: string, throttle: Throttle): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    'select id from subscriptions where account_id = $1 and app_id = $2 and uid = $3',
    [PROVIDERS.accountId, PROVIDERS.appId, accountId],
  );
  for (const { id } of rows) {
    for (const doomed of announcedTo(id)) await deleteInBatches(pool, doomed, throttle);
    await pool.query('delete from subscriptions where account_id = $1 and id = $2', [
      PROVIDERS.accountId,
      id,
    ]);
  }
}

/** `subscriptionId` is an id that we made. Messages go last, because the others are found by them. */
function announcedTo(subscriptionId: string): Doomed[] {
  const { accountId } = PROVIDERS;
  const ofOthers = `subscription_id is distinct from '${subscriptionId}'`;
  const ofOtherMessages = (table: string) => `not exists (
    select from messages where messages.account_id = $1 and messages.app_id = ${table}.app_id
      and messages.id = ${table}.message_id and messages.subscription_id = '${subscriptionId}' offset 0)`;
  return [
    { accountId, table: 'attempts', key: ['app_id', 'id'], except: ofOthers },
    {
      accountId,
      table: 'deliveries',
      key: ['message_id', 'endpoint_id'],
      except: ofOtherMessages('deliveries'),
    },
    {
      accountId,
      table: 'message_event_ids',
      key: ['app_id', 'event_id'],
      except: ofOtherMessages('message_event_ids'),
    },
    { accountId, table: 'messages', key: ['app_id', 'id'], except: ofOthers },
  ];
}
