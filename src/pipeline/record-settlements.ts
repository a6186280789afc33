import type { PoolClient } from 'pg';
import type { Attempt } from '../attempts/attempt.ts';
import type { Settlement } from './settlement.ts';

/** Writes the attempts and delivery states of a batch, and counts them. One statement. */
export async function recordSettlements(client: PoolClient, settlements: Settlement[]): Promise<void> {
  const attempts = settlements.flatMap(({ attempt }) => (attempt === null ? [] : [attempt]));
  // A test belongs to no delivery: it is in the log, and nowhere else.
  const deliveries = settlements.filter(({ work }) => work.trigger !== 'test');
  const latest = new Map(deliveries.map((settlement) => [deliveryKey(settlement), settlement]));
  await client.query({
    name: 'record-settlements',
    text: RECORD,
    values: [JSON.stringify(attempts.map(attemptRow)), JSON.stringify([...latest.values()].map(deliveryRow))],
  });
}

const deliveryKey = ({ work }: Settlement) => `${work.message.id}/${work.endpointId}`;

function deliveryRow({ work, state, attemptsMade, nextAttemptAt }: Settlement) {
  return {
    account_id: work.message.accountId,
    app_id: work.message.appId,
    message_id: work.message.id,
    endpoint_id: work.endpointId,
    state,
    attempts_made: attemptsMade,
    next_attempt_at: nextAttemptAt,
  };
}

function attemptRow(attempt: Attempt) {
  return {
    account_id: attempt.accountId,
    app_id: attempt.appId,
    id: attempt.id,
    attempted_at: attempt.attemptedAt,
    message_id: attempt.messageId,
    endpoint_id: attempt.endpointId,
    subscription_id: attempt.subscriptionId,
    event_type: attempt.eventType,
    attempt_number: attempt.attemptNumber,
    trigger: attempt.trigger,
    outcome: attempt.outcome,
    succeeded: attempt.succeeded,
    status_code: attempt.statusCode,
    duration_ms: attempt.durationMs,
    dns_ms: rounded(attempt.timings.dnsMs),
    connect_ms: rounded(attempt.timings.connectMs),
    tls_ms: rounded(attempt.timings.tlsMs),
    first_byte_ms: rounded(attempt.timings.firstByteMs),
    error_message: attempt.errorMessage,
    response_headers: attempt.responseHeaders,
    response_body: attempt.responseBody,
    next_attempt_at: attempt.nextAttemptAt,
  };
}

const rounded = (ms: number | null) => (ms === null ? null : Math.round(ms));

/**
 * Safe to repeat: when the answer to COMMIT was lost, nobody knows whether all of this is there already; so attempts are
 * taken once, and only those that were taken now are counted. Rows are taken in the order of their keys, so that two
 * processes cannot deadlock. Only a delivery that is still scheduled changes: an outcome that comes late, from a process
 * that was thought dead, undoes nothing that is final or newer.
 */
const RECORD = `
  with outcomes as (
    select * from json_to_recordset($1) as x(account_id uuid, app_id uuid, id uuid, attempted_at timestamptz,
      message_id uuid, endpoint_id uuid, subscription_id uuid, event_type text, attempt_number smallint, trigger text,
      outcome text, succeeded boolean, status_code smallint, duration_ms integer, dns_ms integer, connect_ms integer,
      tls_ms integer, first_byte_ms integer, error_message text, response_headers json, response_body text,
      next_attempt_at timestamptz)
  ), attempted as (
    insert into attempts (account_id, app_id, id, attempted_at, message_id, endpoint_id, subscription_id, event_type,
      attempt_number, trigger, outcome, succeeded, status_code, duration_ms, dns_ms, connect_ms, tls_ms,
      first_byte_ms, error_message, response_headers, response_body, next_attempt_at)
    select * from outcomes on conflict do nothing
    returning account_id, app_id, endpoint_id, attempted_at, trigger, succeeded
  ), delivered as (
    insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at)
    select * from json_to_recordset($2) as x(account_id uuid, app_id uuid, message_id uuid, endpoint_id uuid,
      state text, attempts_made smallint, next_attempt_at timestamptz)
    order by account_id, message_id, endpoint_id
    on conflict (account_id, message_id, endpoint_id) do update
    set state = excluded.state, attempts_made = excluded.attempts_made, next_attempt_at = excluded.next_attempt_at
    where deliveries.state = 'scheduled' and deliveries.attempts_made <= excluded.attempts_made
  )
  insert into delivery_counts (account_id, app_id, endpoint_id, hour, succeeded, failed)
  select account_id, app_id, endpoint_id, date_trunc('hour', attempted_at, 'UTC'),
    count(*) filter (where succeeded), count(*) filter (where not succeeded)
  from attempted where trigger <> 'test' group by 1, 2, 3, 4 order by 1, 3, 4
  on conflict (account_id, endpoint_id, hour) do update
  set succeeded = delivery_counts.succeeded + excluded.succeeded, failed = delivery_counts.failed + excluded.failed`;
