import type { PoolClient } from 'pg';
import type { DeliveryJobData } from '../queue/jobs.ts';

/** Roughly what a delivery takes in memory, beside the body that it shares with others of its message. */
const BYTES_PER_DELIVERY = 512;

/** What the messages that jobs name will take in memory, by id; reads no body. */
export async function weighMessages(
  client: PoolClient,
  jobs: DeliveryJobData[],
): Promise<Map<string, number>> {
  if (jobs.length === 0) return new Map();
  const { rows } = await client.query<{ id: string; bytes: number }>(
    `select found.* from json_to_recordset($1) as named(account_id uuid, app_id uuid, id uuid) cross join lateral (
       select id, octet_length(data) + $2::int * cardinality(endpoint_ids) as bytes from messages
       where messages.account_id = named.account_id and messages.app_id = named.app_id and messages.id = named.id
       offset 0
     ) found`,
    [JSON.stringify(jobs.flatMap(namedMessages)), BYTES_PER_DELIVERY],
  );
  return new Map(rows.map(({ id, bytes }) => [id, bytes]));
}

function namedMessages({ messages = [], deliveries = [] }: DeliveryJobData) {
  return [
    ...messages.flatMap(({ accountId, appId, messageIds }) =>
      messageIds.map((id) => ({ account_id: accountId, app_id: appId, id })),
    ),
    ...deliveries.map((ref) => ({ account_id: ref.accountId, app_id: ref.appId, id: ref.messageId })),
  ];
}
