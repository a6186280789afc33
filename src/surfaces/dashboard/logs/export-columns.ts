import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { ListedDelivery } from '#src/domain/deliveries/log/listed-delivery.ts';
import { type CountedState, summaryOf, worstOf } from '#src/domain/deliveries/message-outcome.ts';
import { type ListedMessage, messageCreatedAt } from '#src/domain/messages/message.ts';
import type { Cell } from '#src/infra/lib/csv.ts';
import type { EndpointName } from '#src/surfaces/dashboard/endpoint-names.ts';

/** A row of an export: the names of its columns are those of the API where it has them. */
export type ExportRow = Record<string, Cell>;

type Names = (endpointId: string) => EndpointName;

const whom = (names: Names, endpointId: string) => {
  const { subscriber, endpoint, url } = names(endpointId);
  return { subscriber: subscriber ?? null, endpoint_url: endpoint === undefined ? null : url };
};

export const attemptColumns = (attempt: Attempt, names: Names): ExportRow => ({
  id: attempt.id,
  created_at: attempt.attemptedAt,
  status_message: attempt.succeeded ? 'success' : 'failed',
  status_code: attempt.statusCode ?? 0,
  outcome: attempt.outcome,
  error_message: attempt.errorMessage,
  event_type: attempt.eventType,
  message_id: attempt.messageId,
  ...whom(names, attempt.endpointId),
  subscription_id: attempt.subscriptionId,
  endpoint_id: attempt.endpointId,
  attempt_number: attempt.attemptNumber,
  trigger: attempt.trigger,
  duration_ms: Math.round(attempt.durationMs),
  next_attempt_at: attempt.nextAttemptAt,
});

export const deliveryColumns = (delivery: ListedDelivery, names: Names): ExportRow => ({
  id: delivery.id,
  created_at: delivery.createdAt,
  state: delivery.state,
  reason: delivery.reason,
  event_type: delivery.eventType,
  message_id: delivery.messageId,
  ...whom(names, delivery.endpointId),
  subscription_id: delivery.subscriptionId,
  endpoint_id: delivery.endpointId,
  attempts_made: delivery.attemptsMade,
  next_attempt_at: delivery.nextAttemptAt,
  last_attempt_id: delivery.lastAttempt?.id,
  last_status_code: delivery.lastAttempt && (delivery.lastAttempt.statusCode ?? 0),
  last_outcome: delivery.lastAttempt?.outcome,
});

/**
 * Without the payload, which a spreadsheet has no use for, and the account's own export has. `endpoints_count` is what
 * lists and pages show, of which `in_worst_state` is a part: the API's `deliveries_count` leaves out what filters keep
 * back.
 */
export function messageColumns(message: ListedMessage, counts: CountedState[]): ExportRow {
  const worst = worstOf(counts);
  return {
    id: message.id,
    created_at: messageCreatedAt(message),
    event_type: message.eventType,
    version: message.version,
    event_id: message.eventId,
    channels: message.channels?.join(' '),
    deliver_at: message.deliverAt,
    worst_state: worst?.state,
    in_worst_state: worst?.count,
    endpoints_count: summaryOf(counts).total,
    deliveries_count: message.deliveriesCount,
  };
}
