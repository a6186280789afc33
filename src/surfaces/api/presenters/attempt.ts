import { z } from 'zod';
import { type Attempt, ATTEMPT_OUTCOMES, ATTEMPT_TRIGGERS } from '#src/domain/attempts/attempt.ts';
import { type Message, webhookBody } from '#src/domain/messages/message.ts';
import { withRawMember } from '#src/surfaces/api/answer.ts';
import { showPayload } from './as-is.ts';
import { presentHeaders } from './headers.ts';
import { headersShape, id, named, optionalTime, time } from './shape.ts';

const phase = (description: string) => z.int().nullable().describe(description);

export const attemptShape = named(
  'WebhookAttempt',
  'One request to one endpoint.',
  z.object({
    id: id(),
    payload: z.unknown().meta({
      description:
        'Exactly what was sent; null when it is no JSON, its time in the log is over, or a transformation changed it and its execution is no longer kept whole.',
      examples: [
        { type: 'user.created', version: '1.0', created: '2026-01-31T12:00:00.000Z', data: { id: 42 } },
      ],
    }),
    payload_base64: z.string().nullable().describe('What was sent and is no JSON, in place of `payload`.'),
    status_code: z
      .string()
      .meta({ description: 'Of the answer, as a text; `"0"`: there was none.', examples: ['200'] }),
    retry_status: z
      .enum(['scheduled', 'failed'])
      .nullable()
      .meta({
        description:
          '`scheduled`: another attempt follows, or was made since. `failed`: none does. null: it succeeded.',
        examples: [null],
      }),
    status_message: z.enum(['success', 'failed']),
    response: z.string().nullable().describe('The first 16 KB of the answer.'),
    error_message: z.string().describe('What went wrong, as a sentence; empty after a success.'),
    app_id: id('The app.'),
    endpoint_id: id('The endpoint.'),
    message_id: id('The message.'),
    subscription_id: id('The subscription.'),
    event_type: z.string().meta({ examples: ['user.created'] }),
    event_id: z.string().nullable().describe('Of the message, if it has one.'),
    attempt_number: z.int().meta({ description: 'From 1.', examples: [1] }),
    trigger: z.enum(ATTEMPT_TRIGGERS).describe('Why it was made.'),
    outcome: z
      .enum(ATTEMPT_OUTCOMES)
      .describe(
        'How it ended; `status`: with an answer; `auth_failed`: nothing was sent, because what the endpoint has as `auth` could not be done; `parked`: nothing was sent, because several of our processes ended while they sent it.',
      ),
    duration_ms: z.int().meta({ examples: [87] }),
    dns_ms: phase('Until the name was resolved.'),
    connect_ms: phase('Until the connection was there.'),
    tls_ms: phase('Until it was encrypted.'),
    first_byte_ms: phase("From the start to the answer's headers."),
    possible_duplicate: z
      .boolean()
      .describe('Whether it said to the receiver that it may have got the webhook before.'),
    repeated: z
      .boolean()
      .describe(
        'Whether its request was sent twice: on a kept connection that ended without an answer, and at once on a new one.',
      ),
    outcome_unknown: z
      .boolean()
      .describe(
        'Whether the receiver may have taken it and could not say so, as after a timeout. What is sent again then says that it may be a duplicate.',
      ),
    transformation_execution_id: z
      .guid()
      .nullable()
      .meta({
        description: 'The run of the transformation that changed what was sent; null: none did.',
        examples: [null],
      }),
    request_headers: z
      .record(z.string(), z.string())
      .nullable()
      .describe(
        'What was sent with it, without credentials and the values of static headers; null when the message or the endpoint is gone, or `payload` is not known.',
      ),
    response_headers: headersShape('Of the answer.').nullable(),
    next_attempt_at: optionalTime(
      'When the next attempt of the same delivery is due, or was if it was made since; null when none follows.',
    ),
    created_at: time('When it began.'),
  }),
);

/** Data of an attempt outside of its row; `message` is undefined once its retention in the log has ended. */
export interface Sent {
  message: Message | undefined;
  /** The message as it was sent; undefined when that is not known. */
  sent: Message | undefined;
  requestHeaders: Record<string, string> | null;
}

/** Returns a JSON text, because `payload` is shown byte for byte. */
export function presentAttempt(attempt: Attempt, { message, sent, requestHeaders }: Sent): string {
  const { json, base64 } = sent === undefined ? NOT_KEPT : showPayload(webhookBody(sent), sent.contentType);
  const wasAnswered = attempt.statusCode !== null;
  const rest: Omit<z.output<typeof attemptShape>, 'payload'> = {
    id: attempt.id,
    payload_base64: base64,
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
    possible_duplicate: attempt.isPossibleDuplicate,
    repeated: attempt.wasRepeated,
    outcome_unknown: attempt.mayBeTaken,
    transformation_execution_id: attempt.executionId,
    request_headers: requestHeaders,
    response_headers: wasAnswered ? presentHeaders(attempt.responseHeaders) : null,
    next_attempt_at: attempt.nextAttemptAt,
    created_at: attempt.attemptedAt,
  };
  return withRawMember(rest, 'payload', json);
}

const NOT_KEPT = { json: 'null', base64: null };

/** Clients show the code and compare it as text; HTTP clients use "0" for a request without an answer. */
const NO_ANSWER = 0;

function retryStatusOf(attempt: Attempt): 'scheduled' | 'failed' | null {
  if (attempt.succeeded) return null;
  return attempt.nextAttemptAt === null ? 'failed' : 'scheduled';
}
