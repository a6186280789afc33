import type { PoolClient } from 'pg';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { type DeliveryTrigger, MAX_REFS_PER_JOB, type NewJob } from '#src/infra/queue/jobs.ts';
import type { QueueKey } from './queue-wakes.ts';

interface Entry {
  messageId: string;
  attemptsMade: number;
  trigger: DeliveryTrigger;
  mayHaveBeenSent: boolean;
  dueAt: Date;
}

interface Release {
  now: Date;
  limit: number;
  /** Whether only the oldest of each ordering key may go, and only when it waits. */
  isFifo: boolean;
}

/** How many entries of the queue are released and not settled, counted up to `upTo`. */
export async function countReleased(
  client: PoolClient,
  { accountId, endpointId }: QueueKey,
  upTo: number,
): Promise<number> {
  const { rows } = await client.query<{ released: number }>(
    `select count(*)::int as released from (
       select from queue_entries where account_id = $1 and endpoint_id = $2 and released_at is not null limit $3
     ) counted`,
    [accountId, endpointId, upTo],
  );
  return rows[0]?.released ?? 0;
}

/** Releases what is due, in the order in which it came due, which is that of acceptance but for retries. */
export async function releaseEntries(
  client: PoolClient,
  queue: QueueKey,
  { now, limit, isFifo }: Release,
): Promise<NewJob[]> {
  const { accountId, appId, endpointId } = queue;
  const release = async (statement: string, upTo: number) => {
    if (upTo === 0) return [];
    const { rows } = await client.query<Entry>(statement, [accountId, endpointId, now, upTo]);
    return rows;
  };
  const rows = await release(isFifo ? RELEASE_FIRST_HEADS : RELEASE, limit);
  if (isFifo) rows.push(...(await release(RELEASE_HEADS, limit - rows.length)));
  const { sure = [], unsure = [] } = Object.groupBy(rows, (one) => (one.mayHaveBeenSent ? 'unsure' : 'sure'));
  const jobOf = (entries: Entry[], marks: { mayHaveBeenSent?: true }): NewJob => ({
    id: uuidv7(now.getTime()),
    data: {
      deliveries: entries.map(({ messageId, attemptsMade, dueAt, trigger }) => ({
        ...{ accountId, appId, messageId, endpointId, attemptsMade, trigger },
        dueAt: dueAt.toISOString(),
        isQueued: true,
      })),
      ...marks,
    },
    startAfterSeconds: 0,
  });
  return [
    ...chunksOf(sure, MAX_REFS_PER_JOB).map((entries) => jobOf(entries, {})),
    ...chunksOf(unsure, MAX_REFS_PER_JOB).map((entries) => jobOf(entries, { mayHaveBeenSent: true })),
  ];
}

/** When the next entry that waits comes due, or did; `null`: none waits, or it waits for a released one. */
export async function nextDueAt(
  client: PoolClient,
  { accountId, endpointId }: QueueKey,
  { isFifo, now }: Pick<Release, 'isFifo' | 'now'>,
): Promise<Date | null> {
  if (isFifo) {
    const { rows } = await client.query<{ dueAt: Date }>(NEXT_FIRST_HEAD, [accountId, endpointId, now]);
    const [due] = rows;
    if (due !== undefined) return due.dueAt;
  }
  const { rows } = await client.query<{ dueAt: Date }>(
    `select due_at as "dueAt" from ${isFifo ? `(${HEADS}) heads` : 'queue_entries'}
     where account_id = $1 and endpoint_id = $2 and released_at is null order by due_at limit 1`,
    [accountId, endpointId],
  );
  return rows[0]?.dueAt ?? null;
}

/** Entries that are looked at before all of the queue are. */
const FIRST = 200;

/** SQL: whether no older entry has the key of `looked`. A step into the index. */
const IS_OLDEST = `case when looked.ordering_key is null
  then not exists (select from queue_entries where account_id = $1 and endpoint_id = $2
    and ordering_key is null and message_id < looked.message_id)
  else not exists (select from queue_entries where account_id = $1 and endpoint_id = $2
    and ordering_key = looked.ordering_key and message_id < looked.message_id) end`;

/**
 * SQL: of the entries that came due first, those that are the oldest of their key. It is asked before {@link HEADS},
 * because it finds enough of them in a long queue unless a few keys hold up the others.
 */
const FIRST_HEADS = `
  select message_id, due_at from (
    select message_id, due_at, ordering_key from queue_entries
    where account_id = $1 and endpoint_id = $2 and released_at is null and due_at <= $3
    order by due_at, message_id limit ${String(FIRST)}
  ) looked where ${IS_OLDEST}`;

const NEXT_FIRST_HEAD = `select due_at as "dueAt" from (${FIRST_HEADS}) heads order by due_at limit 1`;

/** SQL: the oldest entry of each key, and the oldest without one. It reads all of the queue. */
const HEADS = `
  (select account_id, endpoint_id, message_id, due_at, released_at from queue_entries
   where account_id = $1 and endpoint_id = $2 and ordering_key is null order by message_id limit 1)
  union all
  (select distinct on (ordering_key) account_id, endpoint_id, message_id, due_at, released_at from queue_entries
   where account_id = $1 and endpoint_id = $2 and ordering_key is not null order by ordering_key, message_id)`;

const MARK = `
  update queue_entries set released_at = $3 from chosen
  where queue_entries.account_id = $1 and queue_entries.endpoint_id = $2
    and queue_entries.message_id = chosen.message_id and queue_entries.released_at is null
  returning queue_entries.message_id, queue_entries.attempts_made, trigger, may_have_been_sent, queue_entries.due_at`;

const ANSWER = `
  select message_id as "messageId", attempts_made as "attemptsMade", trigger, may_have_been_sent as "mayHaveBeenSent",
    due_at as "dueAt"
  from marked order by due_at, message_id`;

const RELEASE = `
  with chosen as (
    select message_id from queue_entries
    where account_id = $1 and endpoint_id = $2 and released_at is null and due_at <= $3
    order by due_at, message_id limit $4
  ), marked as (${MARK}) ${ANSWER}`;

const RELEASE_FIRST_HEADS = `
  with chosen as (
    select message_id from (${FIRST_HEADS}) heads order by due_at, message_id limit $4
  ), marked as (${MARK}) ${ANSWER}`;

const RELEASE_HEADS = `
  with chosen as (
    select message_id from (${HEADS}) heads where released_at is null and due_at <= $3 order by message_id limit $4
  ), marked as (${MARK}) ${ANSWER}`;
