import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import {
  type Message,
  MESSAGE_COLUMNS,
  messageOf,
  type StoredMessage,
} from '#src/domain/messages/message.ts';

const BATCH = 500;
/** Of payloads in one batch; a single one may be a megabyte. */
const BATCH_BYTES = 4 * 1024 * 1024;

export interface IdRange {
  /** Inclusive. */
  from: string;
  /** Exclusive. */
  to: string;
}

type AppKey = Pick<App, 'accountId' | 'id'>;

/**
 * An app's messages, oldest first, a batch at a time. Each batch is a query of its own: one snapshot for all of it would
 * be open for as long as the reader takes, and until its end nothing that anybody deletes could be vacuumed.
 */
export async function* readMessages(
  pool: Pool,
  app: AppKey,
  { from, to }: IdRange,
): AsyncGenerator<Message[]> {
  let after: string | undefined;
  for (;;) {
    const { rows } = await pool.query<StoredMessage>(
      `select ${MESSAGE_COLUMNS} from messages
       where account_id = $1 and app_id = $2 and id = any(array(
         select id from (
           select id, sum(bytes) over (order by id) - bytes as "bytesBefore" from (
             select id, octet_length(data) + coalesce(octet_length(data_bytes), 0) as bytes from messages
             where account_id = $1 and app_id = $2 and id >= $3 and id < $4 and ($5::uuid is null or id > $5)
             order by id limit ${String(BATCH)}) batch
         ) sized where "bytesBefore" < ${String(BATCH_BYTES)}))
       order by id`,
      [app.accountId, app.id, from, to, after ?? null],
    );
    if (rows.length === 0) return;
    after = rows.at(-1)?.id;
    yield rows.map(messageOf);
  }
}

/** How each of the messages fares at each of its endpoints: see `Messages.deliveries`. */
export async function readDeliveries(pool: Pool, messages: Message[]): Promise<Delivery[]> {
  const ids = messages.map(({ id }) => id);
  const { rows } = await pool.query<Delivery>(
    `select message_id as "messageId", endpoint_id as "endpointId", state, attempts_made as "attemptsMade",
       next_attempt_at as "nextAttemptAt"
     from deliveries where account_id = $1 and message_id = any($2)
     union all
     select message_id, endpoint_id, 'delivered', attempt_number, null from attempts
     where message_id = any($2) and id >= $3 and succeeded and account_id = $1`,
    [messages[0]?.accountId, ids, ids[0]],
  );
  const rowsOf = Map.groupBy(rows, ({ messageId }) => messageId);
  return messages.flatMap((message) => deliveriesOf(message, rowsOf.get(message.id) ?? []));
}

/** What a delivery's own row says goes before its attempts, which come later in `rows`. */
function deliveriesOf({ id: messageId, endpointIds }: Message, rows: Delivery[]): Delivery[] {
  const known = new Map(rows.toReversed().map((row) => [row.endpointId, row]));
  const all = new Set([...endpointIds, ...rows.filter(isOwnRow).map(({ endpointId }) => endpointId)]);
  return [...all].map(
    (endpointId): Delivery =>
      known.get(endpointId) ?? {
        messageId,
        endpointId,
        state: 'pending',
        attemptsMade: 0,
        nextAttemptAt: null,
      },
  );

  function isOwnRow({ endpointId, state }: Delivery): boolean {
    return state !== 'delivered' || endpointIds.includes(endpointId);
  }
}
