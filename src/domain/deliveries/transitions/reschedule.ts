import type { PoolClient } from 'pg';
import { type DeliveryRef, MAX_REFS_PER_JOB } from '#src/infra/queue/jobs.ts';

export interface DeliveryKey {
  accountId: string;
  appId: string;
  messageId: string;
  endpointId: string;
}

export interface RunningReplay {
  id: string;
  accountId: string;
  appId: string;
  endpointId: string;
  states: string[];
  eventType: string | null;
  fromMessageId: string;
  toMessageId: string;
  cursorMessageId: string | null;
}

/**
 * Takes one delivery back to `scheduled`, with all its attempts to come: one in `states`, or one that waits for its next
 * attempt, which then comes now (its earlier job names another time, and is passed over). Answers whether it was one.
 */
export async function reschedule(
  client: PoolClient,
  { accountId, appId, messageId, endpointId }: DeliveryKey,
  { dueAt, states }: { dueAt: Date; states: string[] },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update deliveries set state = 'scheduled', attempts_made = 0, next_attempt_at = $4
     where account_id = $1 and message_id = $2 and endpoint_id = $3
       and (state = any($5) or (state = 'scheduled' and next_attempt_at > $4::timestamptz + interval '1 second'))`,
    [accountId, messageId, endpointId, dueAt, states],
  );
  if (rowCount === 1 || !states.includes('delivered')) return rowCount === 1;
  // Delivered at its first attempt: it has no row yet.
  const inserted = await client.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at)
     select $1, $2, $3, $4, 'scheduled', 0, $5 where exists (
       select from attempts where account_id = $1 and message_id = $3 and endpoint_id = $4 and succeeded)
     on conflict do nothing`,
    [accountId, appId, messageId, endpointId, dueAt],
  );
  return inserted.rowCount === 1;
}

/** The next batch of a replay, oldest first: takes its deliveries back, and moves the replay on. */
export async function rescheduleBatch(
  client: PoolClient,
  replay: RunningReplay,
  dueAt: Date,
): Promise<{ isLast: boolean; refs: DeliveryRef[] }> {
  const { rows } = await client.query<{ messageId: string }>(
    `with picked as (
       select message_id from deliveries
       where account_id = $1 and endpoint_id = $2 and state = any($3) and message_id >= $4 and message_id < $5
         and ($6::uuid is null or message_id > $6)
         and ($7::text is null or exists (select from messages
           where messages.account_id = $1 and messages.app_id = $8 and messages.id = message_id and event_type = $7))
       order by message_id limit ${String(MAX_REFS_PER_JOB)} for update
     ), taken as (
       update deliveries set state = 'scheduled', attempts_made = 0, next_attempt_at = $9
       from picked where deliveries.account_id = $1 and deliveries.endpoint_id = $2
         and deliveries.message_id = picked.message_id
       returning deliveries.message_id
     )
     select message_id as "messageId" from taken order by message_id`,
    [
      replay.accountId,
      replay.endpointId,
      replay.states,
      replay.fromMessageId,
      replay.toMessageId,
      replay.cursorMessageId,
      replay.eventType,
      replay.appId,
      dueAt,
    ],
  );
  const isLast = rows.length < MAX_REFS_PER_JOB;
  await client.query(
    `update replays set done = done + $3, cursor_message_id = coalesce($4, cursor_message_id), status = $5
     where account_id = $1 and id = $2`,
    [replay.accountId, replay.id, rows.length, rows.at(-1)?.messageId ?? null, isLast ? 'done' : 'running'],
  );
  const { accountId, appId, endpointId } = replay;
  const refs = rows.map(({ messageId }) => ({
    accountId,
    appId,
    messageId,
    endpointId,
    attemptsMade: 0,
    dueAt: dueAt.toISOString(),
    trigger: 'replay' as const,
  }));
  return { isLast, refs };
}
