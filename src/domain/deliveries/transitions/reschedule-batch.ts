import type { PoolClient } from 'pg';
import { matchesSql } from '#src/domain/deliveries/match-sql.ts';
import { matchingText } from '#src/domain/deliveries/match-text.ts';
import { parseTextQuery } from '#src/domain/search/text-query.ts';
import { type DeliveryRef, MAX_REFS_PER_JOB } from '#src/infra/queue/jobs.ts';

/** Which deliveries of an endpoint a replay sends again. */
export interface ReplaySelection {
  accountId: string;
  appId: string;
  endpointId: string;
  states: string[];
  /** `null`: whatever rule ignored it. */
  reason: string | null;
  /** `null`: of every event type. */
  eventType: string | null;
  /** Of the answer to the last attempt, 0: there was none; `null`: whatever it was. */
  statusCode: number | null;
  /** Words that the message or an attempt holds; `null`: whatever they hold. */
  query: string | null;
  /** Inclusive. */
  fromMessageId: string;
  /** Exclusive. */
  toMessageId: string;
  /** The message that the replay has come to; `null` before the first batch. */
  cursorMessageId: string | null;
}

interface Batch {
  /** Those that were moved, as jobs name them; at most as many as one may name. */
  refs: DeliveryRef[];
  /** The message that the batch came to, whether it matched or not; `null` when there was none. */
  cursorMessageId: string | null;
  isLast: boolean;
}

/**
 * Moves the next deliveries of a replay to `scheduled`, oldest first, due at `dueAt`: of as many as a job may name
 * those that match. The caller enqueues a job and moves the replay's cursor in the same transaction.
 */
export async function rescheduleBatch(
  client: PoolClient,
  selection: ReplaySelection,
  dueAt: Date,
): Promise<Batch> {
  const { accountId, appId, endpointId } = selection;
  const looked = await lockNext(client, selection);
  const matching = await withText(
    client,
    selection,
    looked.filter(({ isMatch }) => isMatch),
  );
  const ids = matching.map(({ messageId }) => messageId);
  if (ids.length > 0) await client.query(TAKE, [accountId, endpointId, ids, dueAt]);
  const refs = ids.map((messageId) => ({
    accountId,
    appId,
    messageId,
    endpointId,
    attemptsMade: 0,
    dueAt: dueAt.toISOString(),
    trigger: 'replay' as const,
  }));
  return {
    refs,
    cursorMessageId: looked.at(-1)?.messageId ?? null,
    isLast: looked.length < MAX_REFS_PER_JOB,
  };
}

interface Looked {
  messageId: string;
  isMatch: boolean;
}

async function lockNext(client: PoolClient, selection: ReplaySelection): Promise<Looked[]> {
  const { rows } = await client.query<Looked>(LOCK_NEXT, [
    selection.accountId,
    selection.endpointId,
    selection.states,
    selection.fromMessageId,
    selection.toMessageId,
    selection.cursorMessageId,
    selection.eventType,
    selection.appId,
    selection.reason,
    selection.statusCode,
  ]);
  return rows;
}

async function withText(
  client: PoolClient,
  { accountId, appId, endpointId, query }: ReplaySelection,
  looked: Looked[],
): Promise<Looked[]> {
  if (query === null) return looked;
  const text = parseTextQuery(query);
  if (text === undefined) return [];
  const keys = looked.map((one) => ({ ...one, endpointId }));
  return matchingText(client, { accountId, appId, text }, keys);
}

const LOCK_NEXT = `
  with next as (
    select message_id from deliveries
    where account_id = $1 and endpoint_id = $2 and state = any($3) and message_id >= $4 and message_id < $5
      and ($6::uuid is null or message_id > $6) and ($9::text is null or reason = $9)
    order by message_id limit ${String(MAX_REFS_PER_JOB)} for update
  )
  select message_id as "messageId", ${matchesSql({
    accountId: '$1',
    appId: '$8',
    messageId: 'next.message_id',
    endpointId: '$2',
    eventType: '$7',
    statusCode: '$10',
  })} as "isMatch" from next order by message_id`;

const TAKE = `
  update deliveries set state = 'scheduled', reason = null, attempts_made = 0, next_attempt_at = $4
  where account_id = $1 and endpoint_id = $2 and message_id = any($3)`;
