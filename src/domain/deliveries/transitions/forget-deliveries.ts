import type { PoolClient } from 'pg';

/**
 * Deletes the deliveries of messages that are being forgotten, but for those that a replay took for itself a moment
 * ago: their messages stay, because whoever is first has the row.
 */
export async function forgetDeliveries(
  client: PoolClient,
  { accountId, messageIds }: { accountId: string; messageIds: string[] },
): Promise<void> {
  await client.query(
    `delete from deliveries where account_id = $1 and message_id = any($2) and state <> 'scheduled'`,
    [accountId, messageIds],
  );
}
