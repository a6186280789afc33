import type { PoolClient } from 'pg';

interface OfEndpoint {
  accountId: string;
  endpointId: string;
}

/** Locks scheduled deliveries of an endpoint, but those that another has locked, and answers their messages. */
export async function lockScheduledOf(
  client: PoolClient,
  { accountId, endpointId }: OfEndpoint,
  messageIds: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ messageId: string }>(
    `select message_id as "messageId" from deliveries
     where account_id = $1 and endpoint_id = $2 and message_id = any($3) and state = 'scheduled'
     for update skip locked`,
    [accountId, endpointId, messageIds],
  );
  return rows.map(({ messageId }) => messageId);
}

/** Moves deliveries to `ignored` that are locked, and wait behind a newer one. */
export async function ignoreSuperseded(
  client: PoolClient,
  { accountId, endpointId }: OfEndpoint,
  messageIds: readonly string[],
): Promise<void> {
  await client.query(
    `update deliveries set state = 'ignored', reason = 'superseded', next_attempt_at = null
     where account_id = $1 and endpoint_id = $2 and message_id = any($3) and state = 'scheduled'`,
    [accountId, endpointId, messageIds],
  );
}
