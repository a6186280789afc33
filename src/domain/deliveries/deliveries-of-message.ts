import type { Pool, PoolClient } from 'pg';
import type { Message } from '#src/domain/messages/message.ts';
import type { Delivery } from './delivery.ts';
import { knownDeliveries, type KnownDelivery, type Routed, withPending } from './state-sql.ts';

/** The deliveries of a message: one for each endpoint that it goes to, and one for each that it is held for. */
export async function deliveriesOf(
  pool: Pool,
  message: Routed & Pick<Message, 'accountId'>,
): Promise<Delivery[]> {
  const { rows } = await pool.query<KnownDelivery>(knownDeliveries({ accountId: '$1', messageIs: '= $2' }), [
    message.accountId,
    message.id,
  ]);
  return withPending(message, rows);
}

/** The deliveries of several messages of one account, by the id of the message; also inside of a transaction. */
export async function deliveriesByMessage(
  client: Pool | PoolClient,
  accountId: string,
  messages: Routed[],
): Promise<Map<string, Delivery[]>> {
  const ids = messages.map(({ id }) => id).sort();
  const { rows } = await client.query<KnownDelivery>(KNOWN_OF_MANY, [accountId, ids, ids[0]]);
  return byMessage(messages, rows);
}

/** As {@link deliveriesByMessage}, those to some endpoints alone. */
export async function deliveriesAt(
  client: Pool | PoolClient,
  accountId: string,
  { messages, endpointIds }: { messages: Routed[]; endpointIds: string[] },
): Promise<Map<string, Delivery[]>> {
  const ids = messages.map(({ id }) => id).sort();
  const { rows } = await client.query<KnownDelivery>(KNOWN_AT, [accountId, ids, ids[0], endpointIds]);
  const asked = new Set(endpointIds);
  const routed = messages.map((message) => ({
    ...message,
    endpointIds: message.endpointIds.filter((id) => asked.has(id)),
  }));
  return byMessage(routed, rows);
}

/** The ids of endpoints at which parts of a message's deliveries begin, of `size` each; not that of the first part. */
export async function startsOfParts(
  pool: Pool,
  { accountId, appId, messageId }: { accountId: string; appId: string; messageId: string },
  size: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(STARTS, [accountId, appId, messageId, size]);
  return rows.map(({ id }) => id);
}

/** The deliveries of a message to the endpoints of a range of ids, of which both ends are in it. */
export async function deliveriesBetween(
  pool: Pool,
  accountId: string,
  { message, from, through }: { message: Routed; from: string; through: string },
): Promise<Delivery[]> {
  const { rows } = await pool.query<KnownDelivery>(KNOWN_BETWEEN, [accountId, message.id, from, through]);
  const endpointIds = message.endpointIds.filter((id) => id >= from && id <= through);
  return withPending({ ...message, endpointIds }, rows);
}

function byMessage(messages: Routed[], rows: KnownDelivery[]): Map<string, Delivery[]> {
  const known = Map.groupBy(rows, ({ messageId }) => messageId);
  return new Map(messages.map((message) => [message.id, withPending(message, known.get(message.id) ?? [])]));
}

/** One look into each index for each message, because the planner has old statistics or none of a young partition. */
const knownOfMany = (scope: { endpointIs?: string } = {}) => `
  select known.* from unnest($2::uuid[]) as named(id) cross join lateral (
    ${knownDeliveries({ accountId: '$1', messageIs: '= named.id', oldestMessageId: '$3', ...scope })} offset 0
  ) known`;
const KNOWN_OF_MANY = knownOfMany();
const KNOWN_AT = knownOfMany({ endpointIs: '= any($4)' });
const KNOWN_BETWEEN = knownDeliveries({
  accountId: '$1',
  messageIs: '= $2',
  oldestMessageId: '$2',
  endpointIs: 'between $3 and $4',
});
const STARTS = `
  select id from (
    select id, row_number() over (order by id) as place from (
      select endpoint_id as id from deliveries where account_id = $1 and message_id = $3
      union select unnest(endpoint_ids) from messages where account_id = $1 and app_id = $2 and id = $3
    ) of_message
  ) placed where place > 1 and place % $4::int = 1 order by id`;
