import type { PoolClient } from 'pg';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';

/**
 * Writes the states of deliveries. Each moves only from where it was when this process took it: without a row, or
 * scheduled for the time that its reference named. Whoever comes late, from a process that was thought dead, finds it
 * moved on and changes nothing; but what was delivered is delivered, whoever else meant to try again. What was not even
 * sent is written only while the job of its lease is still there: when that is gone another has it, and may be sending.
 */
export async function applyOutcomes(
  client: PoolClient,
  queue: JobQueue,
  outcomes: DeliveryOutcome[],
): Promise<void> {
  const rows = withoutRivals(outcomes).map(deliveryRow);
  const leaseIds = rows.flatMap(({ lease_id }) => lease_id ?? []);
  // Unnamed: planned by how full the tables are now.
  await client.query(move(queue.keeping('deliver', '$2')), [JSON.stringify(rows), [...new Set(leaseIds)]]);
}

/**
 * A process that lost a lease and took it again may hold the same delivery twice. A success stands for all; of those
 * that took it from the same place one is enough; of others only one finds it there, and nobody here knows which.
 */
function withoutRivals(outcomes: DeliveryOutcome[]): DeliveryOutcome[] {
  const delivered = new Map(
    outcomes.filter(({ state }) => state === 'delivered').map((one) => [deliveryKey(one), one]),
  );
  const others = outcomes.filter((one) => !delivered.has(deliveryKey(one)));
  const latest = new Map(others.map((one) => [rivalKey(one), one]));
  return [...delivered.values(), ...latest.values()];
}

/** Of those that were not sent, the lease says whether they are from there. */
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

/** "offset 0": one look into the index each, where the planner would read all of a partition that has grown quickly. */
const move = (leases: string) => `
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
  where was_due_at is null and not exists (
    select from attempts where attempts.message_id = o.message_id and attempts.account_id = o.account_id
      and attempts.endpoint_id = o.endpoint_id and succeeded offset 0)
  on conflict (account_id, message_id, endpoint_id) do nothing`;
