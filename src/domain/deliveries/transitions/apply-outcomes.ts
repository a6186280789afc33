import type { PoolClient } from 'pg';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import { GO_BY_INDEX } from '#src/infra/database/by-index.ts';
import { hasSucceeded } from '#src/domain/deliveries/state-sql.ts';

type Move = (client: PoolClient, kept?: ReadonlySet<string>) => Promise<void>;

/**
 * The statements that move deliveries to the states of their outcomes, one for each account; before those of several,
 * one that sets how they are planned. A delivery moves only from
 * where it was when this process leased it: without a row, or scheduled for the time that its job named. An outcome
 * that comes late, from a process that was thought dead, finds the delivery elsewhere and changes nothing; but a
 * success stands, whoever else meant to try again. The outcome of a delivery that was not sent is written only while
 * the job of its lease exists, because without it another process has the delivery and may be sending.
 *
 * They take which of {@link leasesToKeep} exist, and are locked; nothing when there are none to keep.
 */
export function applyOutcomes(outcomes: DeliveryOutcome[]): Move[] {
  const byAccount = Map.groupBy(withoutRivals(outcomes), ({ delivery }) => delivery.message.accountId);
  const isOne = byAccount.size <= 1;
  // In order, as within a statement, so that two processes do not deadlock.
  const moves = [...byAccount.keys()].toSorted().map((accountId): Move => async (client, kept) => {
    const ofAccount = byAccount.get(accountId) ?? [];
    const rows = ofAccount.filter((one) => one.wasSent || kept?.has(leaseIdOf(one))).map(deliveryRow);
    const values = [accountId, JSON.stringify(rows)];
    // Of one account it is unnamed, so that PostgreSQL plans by how full the tables are now.
    if (rows.length > 0)
      await client.query({ ...(!isOne && { name: 'apply-outcomes' }), text: APPLY, values });
  });
  return isOne ? moves : [goByIndex, ...moves];
}

const goByIndex: Move = async (client) => {
  await client.query(GO_BY_INDEX);
};

/** The lease jobs that must exist for some outcomes to be written. */
export function leasesToKeep(outcomes: DeliveryOutcome[]): string[] {
  return [...new Set(outcomes.filter(({ wasSent }) => !wasSent).map(leaseIdOf))];
}

const leaseIdOf = ({ delivery }: DeliveryOutcome) => delivery.lease.jobId;

/**
 * One outcome for each delivery, as the statement needs it. A process that lost a lease and took it again may hold a
 * delivery twice. A success goes before all others. Of several outcomes from the same state the last one is kept. Of
 * outcomes from different states all are kept, because only the WHERE clause knows which one applies.
 */
function withoutRivals(outcomes: DeliveryOutcome[]): DeliveryOutcome[] {
  const delivered = new Map(
    outcomes.filter(({ state }) => state === 'delivered').map((one) => [deliveryKey(one), one]),
  );
  const others = outcomes.filter((one) => !delivered.has(deliveryKey(one)));
  const latest = new Map(others.map((one) => [rivalKey(one), one]));
  return [...delivered.values(), ...latest.values()];
}

/** The delivery and the state that the outcome moves it from; of one that was not sent the lease says so. */
const rivalKey = (one: DeliveryOutcome) =>
  [deliveryKey(one), one.delivery.dueAt, one.wasSent ? null : leaseIdOf(one)].join('/');

const deliveryKey = ({ delivery }: DeliveryOutcome) => `${delivery.message.id}/${delivery.endpointId}`;

function deliveryRow({ delivery, state, reason, attemptsMade, nextAttemptAt }: DeliveryOutcome) {
  return {
    app_id: delivery.message.appId,
    message_id: delivery.message.id,
    endpoint_id: delivery.endpointId,
    state,
    reason,
    attempts_made: attemptsMade,
    next_attempt_at: nextAttemptAt,
    was_due_at: delivery.dueAt,
  };
}

const APPLY = `
  with outcomes as materialized (
    select * from json_to_recordset($2) as x(app_id uuid, message_id uuid, endpoint_id uuid, state text,
      reason text, attempts_made smallint, next_attempt_at timestamptz, was_due_at timestamptz)
    order by message_id, endpoint_id
  ), moved as (
    update deliveries
    set state = o.state, reason = o.reason, attempts_made = o.attempts_made, next_attempt_at = o.next_attempt_at
    from outcomes o
    where deliveries.account_id = $1 and deliveries.message_id = o.message_id
      and deliveries.endpoint_id = o.endpoint_id and deliveries.state = 'scheduled'
      and (o.state = 'delivered' or deliveries.next_attempt_at = o.was_due_at)
  )
  insert into deliveries (account_id, app_id, message_id, endpoint_id, state, reason, attempts_made, next_attempt_at)
  select $1::uuid, app_id, message_id, endpoint_id, state, reason, attempts_made, next_attempt_at from outcomes o
  where was_due_at is null
    and not ${hasSucceeded({ accountId: '$1', messageId: 'o.message_id', endpointId: 'o.endpoint_id' })}
  on conflict (account_id, message_id, endpoint_id) do nothing`;
