import type { PoolClient } from 'pg';
import type { Statement } from '#src/infra/database/pipelined.ts';
import type { AlertKind } from '#src/domain/endpoints/alerted-endpoints.ts';
import { FIRST_PROBE_AFTER } from '#src/domain/endpoints/probe-times.ts';
import { firstIdAt, timeOfId } from '#src/infra/lib/ids.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';

/**
 * What outcomes mean for their endpoints: they are well again, they fail, or they are turned off. For a transaction that
 * has written the attempts. No statement when it is news of no endpoint, which is nearly always. `now`: by our clock, as
 * whoever reads these times goes by it.
 */
export function changeEndpointHealth(outcomes: DeliveryOutcome[], now: Date): Statement<void>[] {
  const well = oneOfEach(outcomes.filter(({ recovers }) => recovers));
  const failing = oneOfEach(outcomes.filter(({ warns }) => warns));
  const off = oneOfEach(outcomes.filter(({ turnsOff }) => turnsOff !== null));
  const concerned = [...well, ...failing, ...off];
  if (concerned.length === 0) return [];
  return [
    run('lock-endpoints', LOCK, [rowsOf(concerned)]),
    ...(well.length > 0 ? [run('recover-endpoints', RECOVER, [rowsOf(well)])] : []),
    ...(failing.length > 0 ? [run('warn-of-endpoints', WARN, [rowsOf(failing), now])] : []),
    ...(off.length > 0 ? [run('turn-off-endpoints', TURN_OFF, [rowsOf(off), now])] : []),
  ];
}

/** For each endpoint the one that says most: that it is gone; else of the delivery that began last, since when least succeeded. */
function oneOfEach(outcomes: DeliveryOutcome[]): DeliveryOutcome[] {
  const chosen = new Map<string, DeliveryOutcome>();
  for (const outcome of outcomes) {
    const { endpointId } = outcome.delivery;
    const other = chosen.get(endpointId);
    if (other === undefined || saysMore(outcome, other)) chosen.set(endpointId, outcome);
  }
  return [...chosen.values()];
}

function saysMore(one: DeliveryOutcome, other: DeliveryOutcome): boolean {
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

/** The condition of a warning and of turning off alike; "offset 0" keeps it one look into the index each. */
const NOTHING_SUCCEEDED_SINCE = `not exists (
  select from attempts where attempts.account_id = x.account_id and attempts.endpoint_id = x.endpoint_id
    and attempts.id >= x.since_id and succeeded offset 0)`;

/** For whom to tell (`endpoints/endpoint-alerts.ts`): what changed, in the transaction that changed it. */
const raiseAlert = (kind: AlertKind) => `
  insert into endpoint_alerts (account_id, endpoint_id, kind, raised_at)
  select account_id, id, '${kind}', $2::timestamptz from changed`;

/** All of them, in order: so two processes cannot wait for each other. What follows sees them as they are now. */
const LOCK = `
  select from endpoints where (account_id, id) in (select account_id, endpoint_id from ${ROWS})
  order by id for no key update`;

/** Also one that we turned off after the last attempt: something succeeded there. Never one that a person turned off. */
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

/** At once when the receiver said that it is gone (410), then nobody asks it again. */
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
