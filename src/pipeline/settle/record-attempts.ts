import type { PoolClient } from 'pg';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { ATTEMPTED, countAttempted } from '#src/domain/attempts/count-sql.ts';
import { headerLines } from '#src/domain/attempts/header-lines.ts';

/**
 * Writes attempts to the log, and counts those of deliveries by endpoint and by app, in one statement. `shard`: of the
 * process, so that others do not wait for its counts.
 */
export async function recordAttempts(client: PoolClient, attempts: Attempt[], shard = 0): Promise<void> {
  await client.query({
    name: 'record-attempts',
    text: RECORD,
    values: [JSON.stringify(attempts.map(attemptRow)), shard],
  });
}

/** The columns of an attempt. Undefined is stored as null. */
export function attemptRow(attempt: Attempt) {
  const { timings } = attempt;
  return {
    account_id: attempt.accountId,
    app_id: attempt.appId,
    id: attempt.id,
    message_id: attempt.messageId,
    endpoint_id: attempt.endpointId,
    subscription_id: attempt.subscriptionId,
    duration_ms: attempt.durationMs,
    first_byte_ms: timings.firstByteMs ?? undefined,
    dns_ms: timings.dnsMs ?? undefined,
    connect_ms: timings.connectMs ?? undefined,
    tls_ms: timings.tlsMs ?? undefined,
    attempt_number: attempt.attemptNumber,
    status_code: attempt.statusCode,
    succeeded: attempt.succeeded,
    event_type: attempt.eventType,
    // The usual value is stored as null, because null costs no byte of a row of a few hundred.
    trigger: attempt.trigger === 'automatic' ? undefined : attempt.trigger,
    outcome: attempt.outcome === 'status' ? undefined : attempt.outcome,
    error_message: attempt.errorMessage === '' ? undefined : attempt.errorMessage,
    response_headers: attempt.responseHeaders === null ? undefined : headerLines(attempt.responseHeaders),
    response_body: attempt.responseBody,
    possible_duplicate: attempt.isPossibleDuplicate || undefined,
    was_repeated: attempt.wasRepeated || undefined,
    may_be_taken: attempt.mayBeTaken || undefined,
    execution_id: attempt.executionId ?? undefined,
    next_attempt_at: attempt.nextAttemptAt,
  };
}

/** The columns of an attempt but its account, with their types. */
const COLUMNS = {
  app_id: 'uuid',
  id: 'uuid',
  message_id: 'uuid',
  endpoint_id: 'uuid',
  subscription_id: 'uuid',
  duration_ms: 'integer',
  first_byte_ms: 'integer',
  dns_ms: 'integer',
  connect_ms: 'integer',
  tls_ms: 'integer',
  attempt_number: 'smallint',
  status_code: 'smallint',
  succeeded: 'boolean',
  event_type: 'text',
  trigger: 'text',
  outcome: 'text',
  error_message: 'text',
  response_headers: 'text',
  response_body: 'text',
  possible_duplicate: 'boolean',
  was_repeated: 'boolean',
  may_be_taken: 'boolean',
  execution_id: 'uuid',
  next_attempt_at: 'timestamptz',
};
export const ATTEMPT_COLUMNS = Object.keys(COLUMNS).join(', ');
/** The record of an attempt in JSON, without its account. */
export const ATTEMPT_RECORD = Object.entries(COLUMNS)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ');

/**
 * Without "on conflict", because that writes each row twice to the WAL, first speculatively. `already-written.ts`
 * leaves out what may be there.
 */
const RECORD = `
  with attempted as (
    insert into attempts (account_id, ${ATTEMPT_COLUMNS})
    select account_id, ${ATTEMPT_COLUMNS} from json_to_recordset($1) as x(account_id uuid, ${ATTEMPT_RECORD})
    returning ${ATTEMPTED}
  ), ${countAttempted('$2')}
  select`;
