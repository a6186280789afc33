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
  const { rows } = await client.query<KnownDelivery>(
    knownDeliveries({ accountId: '$1', messageIs: '= any($2)', oldestMessageId: '$3' }),
    [accountId, ids, ids[0]],
  );
  const known = Map.groupBy(rows, ({ messageId }) => messageId);
  return new Map(messages.map((message) => [message.id, withPending(message, known.get(message.id) ?? [])]));
}
