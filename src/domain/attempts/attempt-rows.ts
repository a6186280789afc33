import type { Attempt } from './attempt.ts';
import { parseHeaderLines } from './header-lines.ts';

/** SQL: when the attempt began. The time in its id is when it ended. */
export const ATTEMPTED_AT = `(time_of_id(id) - duration_ms * interval '1 millisecond')`;

export const ATTEMPT_COLUMNS = `account_id as "accountId", app_id as "appId", id, ${ATTEMPTED_AT} as "attemptedAt",
  message_id as "messageId",
  endpoint_id as "endpointId", subscription_id as "subscriptionId", event_type as "eventType",
  attempt_number as "attemptNumber", coalesce(trigger, 'automatic') as trigger, coalesce(outcome, 'status') as outcome,
  succeeded, status_code as "statusCode",
  duration_ms as "durationMs", json_build_object('dnsMs', dns_ms, 'connectMs', connect_ms, 'tlsMs', tls_ms,
    'firstByteMs', first_byte_ms) as timings, coalesce(error_message, '') as "errorMessage", response_headers as "responseHeaders",
  response_body as "responseBody", coalesce(possible_duplicate, false) as "isPossibleDuplicate",
  coalesce(was_repeated, false) as "wasRepeated", coalesce(may_be_taken, false) as "mayBeTaken",
  execution_id as "executionId", next_attempt_at as "nextAttemptAt"`;

export type AttemptRow = Omit<Attempt, 'responseHeaders'> & { responseHeaders: string | null };

export function attemptOf({ responseHeaders, ...fields }: AttemptRow): Attempt {
  return { ...fields, responseHeaders: responseHeaders === null ? null : parseHeaderLines(responseHeaders) };
}
