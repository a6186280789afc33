import type { PoolClient } from 'pg';

/** A delivery, and what is equal for those that are the same to its endpoint. */
interface Compared {
  messageId: string;
  endpointId: string;
  hash: string;
}

/** Moves those of an account's deliveries to `ignored` that were just scheduled and are not the first of their kind. */
export async function ignoreDuplicates(
  client: PoolClient,
  accountId: string,
  deliveries: readonly Compared[],
): Promise<void> {
  const rows = deliveries.map(({ messageId, endpointId, hash }) => ({
    message_id: messageId,
    endpoint_id: endpointId,
    hash,
  }));
  await client.query(IGNORE, [accountId, JSON.stringify(rows)]);
}

const IGNORE = `
  update deliveries set state = 'ignored', reason = 'duplicate', next_attempt_at = null
  from json_to_recordset($2) as x(message_id uuid, endpoint_id uuid, hash text)
  where deliveries.account_id = $1 and deliveries.message_id = x.message_id
    and deliveries.endpoint_id = x.endpoint_id and deliveries.state = 'scheduled' and not exists (
      select from deduplication_keys seen where seen.account_id = $1 and seen.endpoint_id = x.endpoint_id
        and seen.hash = x.hash and seen.message_id = x.message_id offset 0)`;
