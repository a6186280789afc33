import type { Attempt } from '../../attempts/attempt.ts';
import type { Message } from '../../messages/message.ts';
import { withRawMember } from '../answer.ts';
import { presentHeaders } from './headers.ts';

/** What is shown of an attempt beside its own row; the message is undefined when its time in the log is over. */
export interface Sent {
  message: Message | undefined;
  requestHeaders: Record<string, string> | null;
}

/** JSON text, because `payload` stands in it exactly as it was sent. */
export function presentAttempt(attempt: Attempt, { message, requestHeaders }: Sent): string {
  const wasAnswered = attempt.statusCode !== null;
  return withRawMember(
    {
      id: attempt.id,
      status_code: String(attempt.statusCode ?? NO_ANSWER),
      retry_status: retryStatusOf(attempt),
      status_message: attempt.succeeded ? 'success' : 'failed',
      response: wasAnswered ? attempt.responseBody : null,
      error_message: attempt.errorMessage,
      app_id: attempt.appId,
      endpoint_id: attempt.endpointId,
      message_id: attempt.messageId,
      subscription_id: attempt.subscriptionId,
      event_type: attempt.eventType,
      event_id: message?.eventId ?? null,
      attempt_number: attempt.attemptNumber,
      trigger: attempt.trigger,
      outcome: attempt.outcome,
      duration_ms: attempt.durationMs,
      dns_ms: attempt.timings.dnsMs,
      connect_ms: attempt.timings.connectMs,
      tls_ms: attempt.timings.tlsMs,
      first_byte_ms: attempt.timings.firstByteMs,
      request_headers: requestHeaders,
      response_headers: wasAnswered ? presentHeaders(attempt.responseHeaders) : null,
      next_attempt_at: attempt.nextAttemptAt,
      created_at: attempt.attemptedAt,
    },
    'payload',
    message?.body ?? 'null',
  );
}

/** Clients show the code and compare it as a text; "0" is what HTTP clients call a request without an answer. */
const NO_ANSWER = 0;

function retryStatusOf(attempt: Attempt): 'scheduled' | 'failed' | null {
  if (attempt.succeeded) return null;
  return attempt.nextAttemptAt === null ? 'failed' : 'scheduled';
}
