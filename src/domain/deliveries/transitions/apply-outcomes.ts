import type { PoolClient } from 'pg';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import { hasSucceeded } from '#src/domain/deliveries/state-sql.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';

/**
 * Moves deliveries to the states of their outcomes. A delivery moves only from where it was when this process leased
 * it: without a row, or scheduled for the time that its job named. An outcome that comes late, from a process that was
 * thought dead, finds the delivery elsewhere and changes nothing; but a success stands, whoever else meant to try
 * again. The outcome of a delivery that was not sent is written only while the job of its lease exists, because without
 * it another process has the delivery and may be sending.
 */
export async function applyOutcomes(
  client: PoolClient,
  queue: JobQueue,
  outcomes: DeliveryOutcome[],
): Promise<void> {
  const rows = withoutRivals(outcomes).map(deliveryRow);
  const leaseIds = rows.flatMap(({ lease_id }) => lease_id ?? []);
  // Unnamed, so that PostgreSQL plans by how full the tables are now.
  await client.query(apply(queue.keeping('deliver', '$2')), [JSON.stringify(rows), [...new Set(leaseIds)]]);
}

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
  [deliveryKey(one), one.delivery.dueAt, one.wasSent ? null : one.delivery.lease.jobId].join('/');

const deliveryKey = ({ delivery }: DeliveryOutcome) => `${delivery.message.id}/${delivery.endpointId}`;

function deliveryRow({ delivery, state, wasSent, attemptsMade, nextAttemptAt }: DeliveryOutcome) {
  return {
    account_id: delivery.message.accountId,
    app_id: delivery.message.appId,
    message_id: delivery.message.id,
    endpoint_id: delivery.endpointId,
    state,
    attempts_made: attemptsMade,
    next_attempt_at: nextAttemptAt,
    was_due_at: delivery.dueAt,
    lease_id: wasSent ? null : delivery.lease.jobId,
  };
}

/** @param leases a query of the lease jobs that exist, which it locks */
const apply = (leases: string) => `
  with leases as materialized (${leases}), outcomes as materialized (
    select * from json_to_recordset($1) as x(account_id uuid, app_id uuid, message_id uuid, endpoint_id uuid,
      state text, attempts_made smallint, next_attempt_at timestamptz, was_due_at timestamptz, lease_id uuid)
    where lease_id is null or lease_id in (select id from leases)
    order by account_id, message_id, endpoint_id
  ), moved as (
    update deliveries
    set state = o.state, attempts_made = o.attempts_made, next_attempt_at = o.next_attempt_at
    from outcomes o
    where deliveries.account_id = o.account_id and deliveries.message_id = o.message_id
      and deliveries.endpoint_id = o.endpoint_id and deliveries.state = 'scheduled'
      and (o.state = 'delivered' or deliveries.next_attempt_at = o.was_due_at)
  )
  insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at)
  select account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at from outcomes o
  where was_due_at is null
    and not ${hasSucceeded({ accountId: 'o.account_id', messageId: 'o.message_id', endpointId: 'o.endpoint_id' })}
  on conflict (account_id, message_id, endpoint_id) do nothing`;
