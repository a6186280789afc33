import type { PoolClient } from 'pg';
import { type DeliveryRef, MAX_REFS_PER_JOB } from '#src/infra/queue/jobs.ts';

/** Which deliveries of an endpoint a replay sends again. */
export interface ReplaySelection {
  accountId: string;
  appId: string;
  endpointId: string;
  states: string[];
  /** `null`: of every event type. */
  eventType: string | null;
  /** Inclusive. */
  fromMessageId: string;
  /** Exclusive. */
  toMessageId: string;
  /** The message that the replay has come to; `null` before the first batch. */
  cursorMessageId: string | null;
}

/**
 * Moves the next deliveries of a replay to `scheduled`, oldest first, due at `dueAt`: as many as a job may name.
 * Answers how jobs name them, and whether it was the last batch. The caller enqueues a job and moves the replay's
 * cursor in the same transaction.
 */
export async function rescheduleBatch(
  client: PoolClient,
  selection: ReplaySelection,
  dueAt: Date,
): Promise<{ isLast: boolean; refs: DeliveryRef[] }> {
  const { accountId, appId, endpointId, states, eventType } = selection;
  const { rows } = await client.query<{ messageId: string }>(RESCHEDULE, [
    accountId,
    endpointId,
    states,
    selection.fromMessageId,
    selection.toMessageId,
    selection.cursorMessageId,
    eventType,
    appId,
    dueAt,
  ]);
  const refs = rows.map(({ messageId }) => ({
    accountId,
    appId,
    messageId,
    endpointId,
    attemptsMade: 0,
    dueAt: dueAt.toISOString(),
    trigger: 'replay' as const,
  }));
  return { isLast: rows.length < MAX_REFS_PER_JOB, refs };
}

const RESCHEDULE = `
  with picked as (
    select message_id from deliveries
    where account_id = $1 and endpoint_id = $2 and state = any($3) and message_id >= $4 and message_id < $5
      and ($6::uuid is null or message_id > $6)
      and ($7::text is null or exists (select from messages
        where messages.account_id = $1 and messages.app_id = $8 and messages.id = message_id and event_type = $7))
    order by message_id limit ${String(MAX_REFS_PER_JOB)} for update
  ), taken as (
    update deliveries set state = 'scheduled', reason = null, attempts_made = 0, next_attempt_at = $9
    from picked where deliveries.account_id = $1 and deliveries.endpoint_id = $2
      and deliveries.message_id = picked.message_id
    returning deliveries.message_id
  )
  select message_id as "messageId" from taken order by message_id`;
