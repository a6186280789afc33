import type { PoolClient } from 'pg';
import type { DeliveryKey, MissedState } from '#src/domain/deliveries/delivery.ts';

/** A delivery that was missed, and is to be sent as a probe. */
export interface TakenDelivery extends DeliveryKey {
  attemptsMade: number;
  /** The state that it had. */
  missedAs: MissedState;
}

/**
 * Moves the newest delivery that each of an account's endpoints missed to `scheduled`, due at `dueAt`. Passes over one
 * that another transaction has locked. The newest is one step in the index `deliveries_missed`, and the likeliest to be
 * understood by the endpoint. The caller enqueues the jobs in the same transaction.
 */
export async function takeForProbe(
  client: PoolClient,
  { accountId, endpointIds, dueAt }: { accountId: string; endpointIds: string[]; dueAt: Date },
): Promise<TakenDelivery[]> {
  const { rows } = await client.query<TakenDelivery>(TAKE, [accountId, endpointIds, dueAt]);
  return rows;
}

const TAKE = `
  with newest as (
    select missed.* from unnest($2::uuid[]) probed(id) cross join lateral (
      select message_id, endpoint_id, state from deliveries
      where account_id = $1 and endpoint_id = probed.id and state in ('failed', 'held')
      order by message_id desc limit 1 for update skip locked
    ) missed
  )
  update deliveries set state = 'scheduled', next_attempt_at = $3
  from newest
  where deliveries.account_id = $1 and deliveries.message_id = newest.message_id
    and deliveries.endpoint_id = newest.endpoint_id
  returning deliveries.account_id as "accountId", app_id as "appId", deliveries.message_id as "messageId",
    deliveries.endpoint_id as "endpointId", attempts_made as "attemptsMade", newest.state as "missedAs"`;
