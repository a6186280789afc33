import type { PoolClient } from 'pg';
import { GO_BY_INDEX } from '#src/infra/database/by-index.ts';
import { type DeliveryJobData, namedMessages } from '#src/infra/queue/jobs.ts';

/** Roughly what a delivery uses in memory, in addition to the data that it shares with others of its message. */
const BYTES_PER_DELIVERY = 512;

/**
 * The bytes of memory that the messages of these jobs need, by message id, without reading their data. Of a message
 * that is named by single deliveries only those count, because its others may be a thousand.
 */
export async function weighMessages(
  client: PoolClient,
  jobs: DeliveryJobData[],
): Promise<Map<string, number>> {
  const byAccount = Map.groupBy(weighed(jobs), ({ account_id }) => account_id);
  const areMany = byAccount.size > 1;
  const weigh = ([accountId, messages]: [string, object[]]) =>
    client.query<{ id: string; bytes: number }>({
      ...(areMany && { name: 'weigh-messages' }),
      text: WEIGH,
      values: [accountId, JSON.stringify(messages), BYTES_PER_DELIVERY],
    });
  const prepared = areMany ? client.query(GO_BY_INDEX) : undefined;
  const [found] = await Promise.all([Promise.all([...byAccount].map(weigh)), prepared]);
  return new Map(found.flatMap(({ rows }) => rows.map(({ id, bytes }) => [id, bytes])));
}

const WEIGH = `
  select found.* from json_to_recordset($2) as named(app_id uuid, id uuid, deliveries int) cross join lateral (
    select id, octet_length(data) + coalesce(octet_length(data_bytes), 0)
      + $3::int * coalesce(deliveries, cardinality(endpoint_ids)) as bytes
    from messages
    where messages.account_id = $1 and messages.app_id = named.app_id and messages.id = named.id
    offset 0
  ) found`;

/** The messages of these jobs with the number of their deliveries that are named; null for all of them. */
function weighed(jobs: DeliveryJobData[]) {
  const messages = jobs.flatMap((job) => job.messages ?? []);
  const deliveries = jobs.flatMap((job) => job.deliveries ?? []);
  const whole = new Set(messages.flatMap(({ messageIds }) => messageIds));
  const single = Map.groupBy(deliveries, ({ messageId }) => messageId);
  return namedMessages({ messages, deliveries }).map((message) => ({
    ...message,
    deliveries: whole.has(message.id) ? null : (single.get(message.id)?.length ?? 0),
  }));
}
