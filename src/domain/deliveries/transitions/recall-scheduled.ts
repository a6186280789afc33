import type { PoolClient } from 'pg';
import type { DeliveryRef } from '#src/infra/queue/jobs.ts';

/**
 * Makes deliveries of an account that are scheduled for later due at `dueAt`, and answers those of `refs` that name
 * them: a delivery that is still scheduled for the time that its job names. Several may name one delivery, of which at
 * most one is answered, because the jobs of the others are stale. Passes over deliveries that others have locked, so
 * that nobody waits. What is scheduled for later may be cancelled or replayed, because nobody is sending it; so whoever
 * recalls a job recalls its delivery with it, in one transaction.
 */
export async function recallScheduled(
  client: PoolClient,
  { accountId, refs, dueAt }: { accountId: string; refs: DeliveryRef[]; dueAt: Date },
): Promise<Set<DeliveryRef>> {
  const named = refs.map((ref, place) => ({
    place,
    message_id: ref.messageId,
    endpoint_id: ref.endpointId,
    was_due_at: ref.dueAt,
  }));
  const { rows } = await client.query<{ place: number }>(RECALL, [accountId, JSON.stringify(named), dueAt]);
  const moved = new Set(rows.map(({ place }) => place));
  return new Set(refs.filter((_, place) => moved.has(place)));
}

const RECALL = `
  with later as (
    select named.place, found.message_id, found.endpoint_id
    from json_to_recordset($2) as named(place int, message_id uuid, endpoint_id uuid, was_due_at timestamptz)
    cross join lateral (
      select message_id, endpoint_id from deliveries
      where deliveries.account_id = $1 and deliveries.message_id = named.message_id
        and deliveries.endpoint_id = named.endpoint_id and state = 'scheduled' and next_attempt_at = named.was_due_at
      for update skip locked
    ) found
  )
  update deliveries set next_attempt_at = $3
  from later
  where deliveries.account_id = $1 and deliveries.message_id = later.message_id
    and deliveries.endpoint_id = later.endpoint_id
  returning later.place`;
