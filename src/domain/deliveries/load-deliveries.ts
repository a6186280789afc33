import type { Pool } from 'pg';
import {
  type Message,
  MESSAGE_COLUMNS,
  messageOf,
  type StoredMessage,
} from '#src/domain/messages/message.ts';
import { type DeliveryJobData, type NamedMessage, namedMessages } from '#src/infra/queue/jobs.ts';
import type { PendingDelivery } from './pending-delivery.ts';
import { withPending, knownDeliveries, type KnownDelivery } from './state-sql.ts';

interface ScheduledRow {
  messageId: string;
  endpointId: string;
  dueAt: Date;
}

const keyOf = ({ messageId, endpointId }: Pick<ScheduledRow, 'messageId' | 'endpointId'>) =>
  `${messageId}/${endpointId}`;

interface Loaded {
  deliveries: PendingDelivery[];
  /** Whether all that the job names was found, as it is named. */
  isComplete: boolean;
}

/**
 * The deliveries of a job that are still outstanding: of the messages that it names, those that are pending; of the
 * single deliveries, those that are scheduled for the time that the job knows. The others have their outcomes already,
 * by whichever process had the job before.
 *
 * @param whenMissing awaited when something is not as the job names it, before that is looked for once more, and before
 *   a look at what may have been sent
 */
export async function loadDeliveries(
  pool: Pool,
  data: DeliveryJobData,
  whenMissing?: () => Promise<void>,
): Promise<PendingDelivery[]> {
  const named = namedMessages(data);
  if (named.length === 0) return [];
  const load = () =>
    data.messages === undefined ? loadScheduled(pool, data, named) : loadPending(pool, named);
  // An attempt of a process that died may be committed and not be seen yet.
  if (data.mayHaveBeenSent !== undefined) await whenMissing?.();
  let loaded = await load();
  if (!loaded.isComplete && whenMissing !== undefined) {
    await whenMissing();
    loaded = await load();
  }
  const { deliveries } = loaded;
  const { mayHaveBeenSent } = data;
  return mayHaveBeenSent === undefined
    ? withUnknownOutcomes(pool, deliveries)
    : deliveries.map((delivery) => ({ ...delivery, mayHaveBeenSent }));
}

/** What a person or a probe sends again may have been sent before: their jobs are made of rows, which do not say so. */
async function withUnknownOutcomes(pool: Pool, deliveries: PendingDelivery[]): Promise<PendingDelivery[]> {
  const again = deliveries.filter(({ trigger }) => trigger !== 'automatic');
  if (again.length === 0) return deliveries;
  const unknown = new Set((await selectUnknown(pool, again)).map(keyOf));
  return deliveries.map((delivery) =>
    unknown.has(keyOf({ messageId: delivery.message.id, endpointId: delivery.endpointId }))
      ? { ...delivery, mayHaveBeenSent: true }
      : delivery,
  );
}

async function loadPending(pool: Pool, named: NamedMessage[]): Promise<Loaded> {
  const [messages, rows] = await Promise.all([selectMessages(pool, named), selectKnown(pool, named)]);
  const known = Map.groupBy(rows, ({ messageId }) => messageId);
  const deliveries = messages.flatMap((message) => {
    return withPending(message, known.get(message.id) ?? [])
      .filter(({ state }) => state === 'pending')
      .map(({ endpointId }) => ({
        message,
        endpointId,
        attemptsMade: 0,
        dueAt: null,
        trigger: 'automatic' as const,
      }));
  });
  return { deliveries, isComplete: messages.length === named.length };
}

async function loadScheduled(
  pool: Pool,
  { deliveries = [] }: DeliveryJobData,
  named: NamedMessage[],
): Promise<Loaded> {
  const [messages, rows] = await Promise.all([selectMessages(pool, named), selectScheduled(pool, named)]);
  const dueAtMs = new Map(rows.map((row) => [keyOf(row), row.dueAt.getTime()]));
  const messagesById = new Map(messages.map((message) => [message.id, message]));
  const loaded = deliveries.flatMap((ref) => {
    const message = messagesById.get(ref.messageId);
    if (message === undefined || dueAtMs.get(keyOf(ref)) !== Date.parse(ref.dueAt)) return [];
    const { endpointId, attemptsMade, dueAt, trigger, missedAs, isQueued } = ref;
    return [{ message, endpointId, attemptsMade, dueAt, trigger, missedAs, isQueued }];
  });
  return { deliveries: loaded, isComplete: loaded.length === deliveries.length };
}

// Each query makes one look into an index for each message: "offset 0" keeps the planner from joining, because of
// partitions that grow quickly it has old statistics or none, and would read all of them.

async function selectMessages(pool: Pool, named: NamedMessage[]): Promise<Message[]> {
  const { rows } = await pool.query<StoredMessage>(
    `select found.* from json_to_recordset($2) as named(app_id uuid, id uuid) cross join lateral (
       select ${MESSAGE_COLUMNS} from messages
       where messages.account_id = $1 and messages.app_id = named.app_id and messages.id = named.id
       offset 0
     ) found`,
    ofAccount(named),
  );
  return rows.map(messageOf);
}

async function selectKnown(pool: Pool, named: NamedMessage[]): Promise<KnownDelivery[]> {
  const { rows } = await pool.query<KnownDelivery>(
    `select known.* from json_to_recordset($2) as named(id uuid) cross join lateral (
       ${knownDeliveries({ accountId: '$1', messageIs: '= named.id' })} offset 0
     ) known`,
    ofAccount(named),
  );
  return rows;
}

async function selectScheduled(pool: Pool, named: NamedMessage[]): Promise<ScheduledRow[]> {
  const { rows } = await pool.query<ScheduledRow>(
    `select scheduled.* from json_to_recordset($2) as named(id uuid) cross join lateral (
       select message_id as "messageId", endpoint_id as "endpointId", next_attempt_at as "dueAt" from deliveries
       where deliveries.account_id = $1 and message_id = named.id and state = 'scheduled'
       offset 0
     ) scheduled`,
    ofAccount(named),
  );
  return rows;
}

/** Those of which an attempt may have arrived without a word, or said that one before it may have. */
async function selectUnknown(
  pool: Pool,
  deliveries: PendingDelivery[],
): Promise<{ messageId: string; endpointId: string }[]> {
  const named = deliveries.map(({ message, endpointId }) => ({ id: message.id, endpoint_id: endpointId }));
  const { rows } = await pool.query<{ messageId: string; endpointId: string }>(
    `select named.id as "messageId", named.endpoint_id as "endpointId"
     from json_to_recordset($2) as named(id uuid, endpoint_id uuid) cross join lateral (
       select from attempts where attempts.account_id = $1 and attempts.message_id = named.id
         and attempts.endpoint_id = named.endpoint_id and (possible_duplicate or may_be_taken)
       limit 1
     ) found`,
    [deliveries[0]?.message.accountId, JSON.stringify(named)],
  );
  return rows;
}

/** The account, which the messages of a job have in common, and the messages. */
const ofAccount = (named: NamedMessage[]) => [named[0]?.account_id, JSON.stringify(named)];
