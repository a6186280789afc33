import type { Pool } from 'pg';
import type { Message } from '../messages/message.ts';
import { MESSAGE_COLUMNS } from '../messages/messages.ts';
import type { DeliveryJobData, DeliveryRef } from '../queue/jobs.ts';
import type { NewWork } from './work.ts';

interface DeliveryRow {
  messageId: string;
  endpointId: string;
  state: string;
  attemptsMade: number;
  nextAttemptAt: Date | null;
}

/**
 * What is still to be attempted of a job's deliveries: of messages, the endpoints without a delivery row; of single
 * deliveries, those that are still scheduled as the job knew them. The rest was settled by whoever had it before.
 */
export async function loadWorks(pool: Pool, data: DeliveryJobData): Promise<NewWork[]> {
  const refs = namedMessages(data);
  if (refs.length === 0) return [];
  const [messages, rows] = await Promise.all([selectMessages(pool, refs), selectDeliveries(pool, refs)]);
  const rowsByKey = new Map(rows.map((row) => [`${row.messageId}/${row.endpointId}`, row]));
  const rowOf = (messageId: string, endpointId: string) => rowsByKey.get(`${messageId}/${endpointId}`);

  if (data.messages !== undefined) {
    return messages.flatMap((message) =>
      message.endpointIds
        .filter((endpointId) => rowOf(message.id, endpointId) === undefined)
        .map((endpointId) => ({ message, endpointId, attemptsMade: 0, trigger: 'automatic' as const })),
    );
  }
  const messagesById = new Map(messages.map((message) => [message.id, message]));
  return (data.deliveries ?? []).flatMap((ref) => {
    const message = messagesById.get(ref.messageId);
    if (message === undefined || !isStillDue(ref, rowOf(ref.messageId, ref.endpointId))) return [];
    return [{ message, endpointId: ref.endpointId, attemptsMade: ref.attemptsMade, trigger: ref.trigger }];
  });
}

interface MessageRef {
  account_id: string;
  app_id: string;
  id: string;
}

function namedMessages({ messages = [], deliveries = [] }: DeliveryJobData): MessageRef[] {
  const refs = [
    ...messages.flatMap(({ accountId, appId, messageIds }) =>
      messageIds.map((id) => ({ account_id: accountId, app_id: appId, id })),
    ),
    ...deliveries.map(({ accountId, appId, messageId }) => ({
      account_id: accountId,
      app_id: appId,
      id: messageId,
    })),
  ];
  return [...new Map(refs.map((ref) => [ref.id, ref])).values()];
}

function isStillDue(ref: DeliveryRef, row: DeliveryRow | undefined): boolean {
  return row?.state === 'scheduled' && row.nextAttemptAt?.getTime() === Date.parse(ref.dueAt);
}

async function selectMessages(pool: Pool, refs: MessageRef[]): Promise<Message[]> {
  const { rows } = await pool.query<Message>(
    `select ${MESSAGE_COLUMNS} from messages where (account_id, app_id, id) in (
       select account_id, app_id, id from json_to_recordset($1) as x(account_id uuid, app_id uuid, id uuid))`,
    [JSON.stringify(refs)],
  );
  return rows;
}

async function selectDeliveries(pool: Pool, refs: MessageRef[]): Promise<DeliveryRow[]> {
  const { rows } = await pool.query<DeliveryRow>(
    `select message_id as "messageId", endpoint_id as "endpointId", state, attempts_made as "attemptsMade",
       next_attempt_at as "nextAttemptAt"
     from deliveries where (account_id, message_id) in (
       select account_id, id from json_to_recordset($1) as x(account_id uuid, id uuid))`,
    [JSON.stringify(refs)],
  );
  return rows;
}
