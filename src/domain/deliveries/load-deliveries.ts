import type { Pool } from 'pg';
import {
  type Message,
  MESSAGE_COLUMNS,
  messageOf,
  type StoredMessage,
} from '#src/domain/messages/message.ts';
import { type DeliveryJobData, type NamedMessage, namedMessages } from '#src/infra/queue/jobs.ts';
import type { PendingDelivery } from './pending-delivery.ts';

interface DeliveryName {
  messageId: string;
  endpointId: string;
}

const keyOf = ({ messageId, endpointId }: DeliveryName) => `${messageId}/${endpointId}`;

/**
 * What is still to be attempted of a job's deliveries: of messages, the endpoints that have neither a delivery row nor a
 * successful attempt; of single deliveries, those that are still scheduled as the job knew them. The rest was settled by
 * whoever had it before.
 */
export async function loadDeliveries(pool: Pool, data: DeliveryJobData): Promise<PendingDelivery[]> {
  const refs = namedMessages(data);
  if (refs.length === 0) return [];
  if (data.messages !== undefined) {
    const [messages, settled] = await Promise.all([selectMessages(pool, refs), selectSettled(pool, refs)]);
    return messages.flatMap((message) => pendingOf(message, settled));
  }
  const [messages, rows] = await Promise.all([selectMessages(pool, refs), selectScheduled(pool, refs)]);
  const dueAt = new Map(rows.map((row) => [keyOf(row), row.dueAt.getTime()]));
  const messagesById = new Map(messages.map((message) => [message.id, message]));
  return (data.deliveries ?? []).flatMap(({ messageId, endpointId, ...ref }) => {
    const message = messagesById.get(messageId);
    const isStillDue = dueAt.get(keyOf({ messageId, endpointId })) === Date.parse(ref.dueAt);
    if (message === undefined || !isStillDue) return [];
    const { attemptsMade, dueAt: since, trigger, missedAs } = ref;
    return [{ message, endpointId, attemptsMade, dueAt: since, trigger, missedAs }];
  });
}

function pendingOf(message: Message, settled: Set<string>): PendingDelivery[] {
  return message.endpointIds
    .filter((endpointId) => !settled.has(keyOf({ messageId: message.id, endpointId })))
    .map((endpointId) => ({ message, endpointId, attemptsMade: 0, dueAt: null, trigger: 'automatic' }));
}

async function selectMessages(pool: Pool, refs: NamedMessage[]): Promise<Message[]> {
  const { rows } = await pool.query<StoredMessage>(
    `select found.* from json_to_recordset($1) as named(account_id uuid, app_id uuid, id uuid) cross join lateral (
       select ${MESSAGE_COLUMNS} from messages
       where messages.account_id = named.account_id and messages.app_id = named.app_id and messages.id = named.id
       offset 0
     ) found`,
    [JSON.stringify(refs)],
  );
  return rows.map(messageOf);
}

/**
 * Those of the messages' deliveries that are pending no more. One look into the index a message ("offset 0" keeps the
 * planner from joining): of partitions that grow quickly it has old statistics or none, and would read all of them.
 */
async function selectSettled(pool: Pool, refs: NamedMessage[]): Promise<Set<string>> {
  const { rows } = await pool.query<DeliveryName>(
    `select settled.* from json_to_recordset($1) as named(account_id uuid, id uuid) cross join lateral (
       select message_id as "messageId", endpoint_id as "endpointId" from deliveries
       where deliveries.account_id = named.account_id and message_id = named.id
       union all
       select message_id, endpoint_id from attempts
       where attempts.account_id = named.account_id and message_id = named.id and succeeded
       offset 0
     ) settled`,
    [JSON.stringify(refs)],
  );
  return new Set(rows.map(keyOf));
}

async function selectScheduled(
  pool: Pool,
  refs: NamedMessage[],
): Promise<(DeliveryName & { dueAt: Date })[]> {
  const { rows } = await pool.query<DeliveryName & { dueAt: Date }>(
    `select scheduled.* from json_to_recordset($1) as named(account_id uuid, id uuid) cross join lateral (
       select message_id as "messageId", endpoint_id as "endpointId", next_attempt_at as "dueAt" from deliveries
       where deliveries.account_id = named.account_id and message_id = named.id and state = 'scheduled'
       offset 0
     ) scheduled`,
    [JSON.stringify(refs)],
  );
  return rows;
}
