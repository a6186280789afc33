import type { PoolClient } from 'pg';
import { type Asked, ask, following, type Statement } from '#src/infra/database/pipelined.ts';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import {
  announceHealth,
  type ChangedEndpoint,
  type HealthNews,
} from '#src/domain/endpoints/announce-health.ts';
import type { AlertKind } from '#src/domain/mail/templates.ts';
import { FIRST_PROBE_AFTER } from '#src/domain/endpoints/probe-times.ts';
import { READERS } from '#src/domain/endpoints/told-endpoints.ts';
import { firstIdAt, timeOfId } from '#src/infra/lib/ids.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import { changeIssues, givesUp } from './endpoint-issues.ts';

/**
 * The statements that outcomes need for their endpoints: recover, warn, turn off, open and end issues. They belong into
 * the transaction that writes the attempts, after these. Nearly always there are none. `now` is by the clock of the
 * process, like the times that it is compared with.
 */
export function changeEndpointHealth(
  outcomes: DeliveryOutcome[],
  now: Date,
  announcements: Announcements,
): Statement<unknown>[] {
  const recovered = oneOfEach(outcomes.filter(({ recovers }) => recovers));
  const failing = oneOfEach(outcomes.filter(({ warns }) => warns));
  const off = oneOfEach(outcomes.filter(({ turnsOff }) => turnsOff !== null));
  const concerned = oneOfEach([...recovered, ...failing, ...off, ...outcomes.filter(givesUp)]);
  if (concerned.length === 0) return [];
  // After the lock, so that they find what was committed while it was waited for.
  const lookUps = lookForSuccesses([...failing, ...off.filter((outcome) => !isGone(outcome))]);
  // What is announced is read after the lock was answered, so that COMMIT waits for it (`pipelined.ts`).
  const lock = ask((client) =>
    client.query({ name: 'lock-endpoints', text: LOCK, values: [rowsOf(concerned)] }),
  );
  const found = lock.answer.then(() => Promise.all(lookUps.map(({ answer }) => answer)));
  const change =
    (
      type: HealthNews,
      { name, text }: typeof RECOVER,
      choose: (succeeded: Set<string>) => DeliveryOutcome[],
    ) =>
    async (client: PoolClient, succeeded: string[][]) => {
      const chosen = choose(new Set(succeeded.flat()));
      if (chosen.length === 0) return;
      const { rows } = await client.query<ChangedEndpoint>({ name, text, values: [rowsOf(chosen), now] });
      await announceHealth({ db: client, announcements }, rows, type);
    };
  const warned = (succeeded: Set<string>) => failing.filter((one) => !succeeded.has(keyOf(one)));
  const turnedOff = (succeeded: Set<string>) =>
    off.filter((one) => isGone(one) || !succeeded.has(keyOf(one)));
  const issues = async (db: PoolClient, answers: string[][]) => {
    const succeeded = new Set(answers.flat());
    const succeeding = new Set([...succeeded].map((key) => key.split('/')[0] ?? ''));
    await changeIssues({ db, announcements }, { outcomes, warned: warned(succeeded), succeeding, now });
  };
  return [
    lock.statement,
    ...lookUps.map(({ statement }) => statement),
    ...following(found, [
      ...(recovered.length > 0 ? [change('endpoint.enabled', RECOVER, () => recovered)] : []),
      ...(failing.length > 0 ? [change('endpoint.warned', WARN, warned)] : []),
      ...(off.length > 0 ? [change('endpoint.disabled', TURN_OFF, turnedOff)] : []),
      issues,
    ]),
  ];
}

const isGone = ({ turnsOff }: DeliveryOutcome) => turnsOff === 'gone';

/**
 * Looks, in one statement for each account, which endpoints have succeeded since the delivery of the outcome began:
 * those are neither warned of nor turned off. Answers by {@link keyOf}.
 */
function lookForSuccesses(outcomes: DeliveryOutcome[]): Asked<string[]>[] {
  const byAccount = Map.groupBy(outcomes, ({ delivery: { message } }) => message.accountId);
  return [...byAccount].map(([accountId, ofAccount]) =>
    ask(async (client) => {
      const values = [accountId, rowsOf(ofAccount)];
      const { rows } = await client.query<{ key: string }>(SUCCEEDED_SINCE, values);
      return rows.map(({ key }) => key);
    }),
  );
}

const keyOf = (outcome: DeliveryOutcome) => `${outcome.delivery.endpointId}/${firstIdAt(beganAtMs(outcome))}`;

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
  if (isGone(one) !== isGone(other)) return isGone(one);
  return beganAtMs(one) > beganAtMs(other);
}

function beganAtMs({ delivery: { message } }: DeliveryOutcome): number {
  return message.deliverAt?.getTime() ?? timeOfId(message.id);
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

/** "offset 0" keeps it one look into the index for each endpoint. */
const SUCCEEDED_SINCE = `
  select endpoint_id || '/' || since_id as key from json_to_recordset($2) as x(endpoint_id uuid, since_id uuid)
  where exists (
    select from attempts where attempts.account_id = $1 and attempts.endpoint_id = x.endpoint_id
      and attempts.id >= x.since_id and succeeded offset 0)`;

/** Appends an alert for each reader, in the transaction of the change; `endpoints/endpoint-alerts.ts` mails it. */
const raiseAlert = (kind: AlertKind) => `raised as (
    insert into endpoint_alerts (account_id, endpoint_id, reader, kind, raised_at)
    select account_id, id, reader, '${kind}', $2::timestamptz from changed cross join ${READERS}
  ) select account_id as "accountId", id from changed`;

/** Locks all endpoints in the order of their ids, so that two processes do not deadlock. */
const LOCK = `
  select from endpoints where (account_id, id) in (select account_id, endpoint_id from ${ROWS})
  order by id for no key update`;

/**
 * Turns on also an endpoint that its last attempt turned off, because a delivery succeeded. Never one that a person
 * turned off.
 */
const RECOVER = {
  name: 'recover-endpoints',
  text: `
  update endpoints set status = 'active', inactive_reason = null, inactive_since = null, failing_since = null,
    next_probe_at = null
  from ${ROWS}
  where ${ITS_OWN} and $2::timestamptz is not null
    and ((status = 'active' and failing_since is not null) or inactive_reason = 'attempts_exhausted')
  returning endpoints.account_id as "accountId", endpoints.id`,
};

const WARN = {
  name: 'warn-of-endpoints',
  text: `
  with changed as (
    update endpoints set failing_since = x.began_at from ${ROWS}
    where ${ITS_OWN} and status = 'active' and failing_since is null
    returning endpoints.account_id, endpoints.id
  ), ${raiseAlert('endpoint-failing')}`,
};

/** A 410 turns the endpoint off at once, and it is not probed. */
const TURN_OFF = {
  name: 'turn-off-endpoints',
  text: `
  with changed as (
    update endpoints set status = 'inactive', inactive_reason = x.reason,
      inactive_since = coalesce(inactive_since, $2),
      next_probe_at = case x.reason when 'attempts_exhausted' then $2::timestamptz + ${FIRST_PROBE_AFTER} end
    from ${ROWS}
    where ${ITS_OWN}
      and (status = 'active' or (x.reason = 'gone' and inactive_reason = 'attempts_exhausted'))
    returning endpoints.account_id, endpoints.id
  ), ${raiseAlert('endpoint-disabled')}`,
};
