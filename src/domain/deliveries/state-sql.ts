import type { Delivery } from './delivery.ts';

/**
 * The state of a delivery, in SQL.
 *
 * A delivery is what its row says. One without a row was delivered, if an attempt of it succeeded; else it is pending.
 * Nearly all deliveries succeed at their first attempt, so the rule saves a row a delivery. Whoever asks for a state
 * asks by one of the forms below, so that the rule stands in this file alone.
 */

/** The columns that name a delivery, as SQL expressions. */
interface KeySql {
  accountId: string;
  messageId: string;
  endpointId: string;
}

/**
 * Whether an attempt of the delivery succeeded, as a condition. `offset 0` keeps the planner from turning it into a
 * join: of partitions that grow quickly it has old statistics or none, and would read all of them.
 */
export const hasSucceeded = ({ accountId, messageId, endpointId }: KeySql) => `exists (
  select from attempts where attempts.account_id = ${accountId} and attempts.message_id = ${messageId}
    and attempts.endpoint_id = ${endpointId} and succeeded offset 0)`;

interface Scope {
  /** The account, as an expression: one, because the data plane is looked at one account at a time. */
  accountId: string;
  /** Which messages: a comparison that follows on `message_id`, such as `= $2` or `= named.id`. */
  messageIs: string;
  /** The oldest of the messages, as an expression: no older partition of attempts is looked into. */
  oldestMessageId?: string;
}

/**
 * Everything known of the deliveries of some messages, as a query of {@link KnownDelivery}: rows, then successful
 * attempts. {@link withPending} reads it; what is in neither is pending.
 */
export const knownDeliveries = ({ accountId, messageIs, oldestMessageId }: Scope) => `
  select message_id as "messageId", endpoint_id as "endpointId", state, attempts_made as "attemptsMade",
    next_attempt_at as "nextAttemptAt", true as "isRow"
  from deliveries where deliveries.account_id = ${accountId} and message_id ${messageIs}
  union all
  select message_id, endpoint_id, 'delivered', attempt_number, null, false from attempts
  where attempts.account_id = ${accountId} and message_id ${messageIs} and succeeded
    ${oldestMessageId === undefined ? '' : `and id >= ${oldestMessageId}`}`;

export interface KnownDelivery extends Delivery {
  /** Whether it is a row of `deliveries`: that goes before an attempt. */
  isRow: boolean;
}

/** A message, as far as its deliveries go. */
export interface Routed {
  id: string;
  /** Where the message goes, as routed when it was accepted. */
  endpointIds: string[];
}

/** The deliveries of a message by what is known of them: what is neither in a row nor in an attempt is pending. */
export function withPending({ id: messageId, endpointIds }: Routed, known: KnownDelivery[]): Delivery[] {
  const routed = new Set(endpointIds);
  const attempted = known.filter(({ endpointId, isRow }) => !isRow && routed.has(endpointId));
  const rows = known.filter(({ isRow }) => isRow);
  const byEndpoint = new Map<string, Delivery>(
    [...attempted, ...rows].map(({ isRow: _, ...delivery }) => [delivery.endpointId, delivery]),
  );
  return [...new Set([...endpointIds, ...byEndpoint.keys()])].map(
    (endpointId) => byEndpoint.get(endpointId) ?? pending(messageId, endpointId),
  );
}

function pending(messageId: string, endpointId: string): Delivery {
  return { messageId, endpointId, state: 'pending', attemptsMade: 0, nextAttemptAt: null };
}
