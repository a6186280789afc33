import type { PoolClient } from 'pg';
import type { Statement } from '#src/infra/database/pipelined.ts';
import type { AlertKind } from '#src/domain/endpoints/alerted-endpoints.ts';
import { FIRST_PROBE_AFTER } from '#src/domain/endpoints/probe-times.ts';
import { firstIdAt, timeOfId } from '#src/infra/lib/ids.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';

/**
 * The statements that outcomes need for their endpoints: recover, warn, turn off. They belong into the transaction that
 * writes the attempts, after these. Nearly always there are none. `now` is by the clock of the process, like the times
 * that it is compared with.
 */
export function changeEndpointHealth(outcomes: DeliveryOutcome[], now: Date): Statement<void>[] {
  const recovered = oneOfEach(outcomes.filter(({ recovers }) => recovers));
  const failing = oneOfEach(outcomes.filter(({ warns }) => warns));
  const off = oneOfEach(outcomes.filter(({ turnsOff }) => turnsOff !== null));
  const concerned = [...recovered, ...failing, ...off];
  if (concerned.length === 0) return [];
  return [
    run('lock-endpoints', LOCK, [rowsOf(concerned)]),
    ...(recovered.length > 0 ? [run('recover-endpoints', RECOVER, [rowsOf(recovered)])] : []),
    ...(failing.length > 0 ? [run('warn-of-endpoints', WARN, [rowsOf(failing), now])] : []),
    ...(off.length > 0 ? [run('turn-off-endpoints', TURN_OFF, [rowsOf(off), now])] : []),
  ];
}

/** One outcome for each endpoint: a 410 goes before all others; else the outcome of the delivery that began last. */
function oneOfEach(outcomes: DeliveryOutcome[]): DeliveryOutcome[] {
  const chosen = new Map<string, DeliveryOutcome>();
  for (const outcome of outcomes) {
    const { endpointId } = outcome.delivery;
    const other = chosen.get(endpointId);
    if (other === undefined || goesBefore(outcome, other)) chosen.set(endpointId, outcome);
  }
  return [...chosen.values()];
}

function goesBefore(one: DeliveryOutcome, other: DeliveryOutcome): boolean {
  if ((one.turnsOff === 'gone') !== (other.turnsOff === 'gone')) return one.turnsOff === 'gone';
  return beganAtMs(one) > beganAtMs(other);
}

function beganAtMs({ delivery: { message } }: DeliveryOutcome): number {
  return message.deliverAt?.getTime() ?? timeOfId(message.id);
}

function run(name: string, text: string, values: unknown[]): Statement<void> {
  return async (client: PoolClient) => {
    await client.query({ name, text, values });
  };
}

/** As {@link ROWS} takes them. */
function rowsOf(outcomes: DeliveryOutcome[]): string {
  const rows = outcomes.map((outcome) => ({
    account_id: outcome.delivery.message.accountId,
    endpoint_id: outcome.delivery.endpointId,
    began_at: new Date(beganAtMs(outcome)),
    since_id: firstIdAt(beganAtMs(outcome)),
    reason: outcome.turnsOff,
  }));
  return JSON.stringify(rows);
}

const ROWS = `json_to_recordset($1) as x(account_id uuid, endpoint_id uuid, began_at timestamptz, since_id uuid, reason text)`;
const ITS_OWN = 'endpoints.account_id = x.account_id and endpoints.id = x.endpoint_id';

/**
 * The condition of a warning and of turning off alike. "offset 0" keeps it one look into the index for each endpoint.
 */
const NOTHING_SUCCEEDED_SINCE = `not exists (
  select from attempts where attempts.account_id = x.account_id and attempts.endpoint_id = x.endpoint_id
    and attempts.id >= x.since_id and succeeded offset 0)`;

/** Appends an alert, in the transaction of the change; `endpoints/endpoint-alerts.ts` mails it. */
const raiseAlert = (kind: AlertKind) => `
  insert into endpoint_alerts (account_id, endpoint_id, kind, raised_at)
  select account_id, id, '${kind}', $2::timestamptz from changed`;

/** Locks all endpoints in the order of their ids, so that two processes do not deadlock. */
const LOCK = `
  select from endpoints where (account_id, id) in (select account_id, endpoint_id from ${ROWS})
  order by id for no key update`;

/**
 * Turns on also an endpoint that its last attempt turned off, because a delivery succeeded. Never one that a person
 * turned off.
 */
const RECOVER = `
  update endpoints set status = 'active', inactive_reason = null, inactive_since = null, failing_since = null,
    next_probe_at = null
  from ${ROWS}
  where ${ITS_OWN} and ((status = 'active' and failing_since is not null) or inactive_reason = 'attempts_exhausted')`;

const WARN = `
  with changed as (
    update endpoints set failing_since = x.began_at from ${ROWS}
    where ${ITS_OWN} and status = 'active' and failing_since is null and ${NOTHING_SUCCEEDED_SINCE}
    returning endpoints.account_id, endpoints.id
  ) ${raiseAlert('endpoint-failing')}`;

/** A 410 turns the endpoint off at once, and it is not probed. */
const TURN_OFF = `
  with changed as (
    update endpoints set status = 'inactive', inactive_reason = x.reason,
      inactive_since = coalesce(inactive_since, $2),
      next_probe_at = case x.reason when 'attempts_exhausted' then $2::timestamptz + ${FIRST_PROBE_AFTER} end
    from ${ROWS}
    where ${ITS_OWN} and case x.reason
      when 'gone' then status = 'active' or inactive_reason = 'attempts_exhausted'
      else status = 'active' and ${NOTHING_SUCCEEDED_SINCE} end
    returning endpoints.account_id, endpoints.id
  ) ${raiseAlert('endpoint-disabled')}`;
