import type { Delivery } from './delivery.ts';

/**
 * The state of a delivery, in SQL.
 *
 * A delivery has the state of its row. Without a row a delivery is delivered when an attempt of it succeeded, and
 * pending otherwise. The rule saves a row a delivery, because nearly all deliveries succeed at their first attempt.
 * Every read of a state uses one of the forms below, so that the rule is in this file alone.
 */

/** The columns that name a delivery, as SQL expressions. */
interface KeySql {
  accountId: string;
  messageId: string;
  endpointId: string;
}

/**
 * SQL condition: whether an attempt of the delivery succeeded. `offset 0` keeps the planner from making it a join,
 * because the planner has old statistics or none of partitions that grow quickly, and would read all of them.
 */
export const hasSucceeded = ({ accountId, messageId, endpointId }: KeySql) => `exists (
  select from attempts where attempts.account_id = ${accountId} and attempts.message_id = ${messageId}
    and attempts.endpoint_id = ${endpointId} and succeeded offset 0)`;

/**
 * SQL condition that is always true. It tells a planner without statistics that few attempts have the same message,
 * because that takes a range to keep one row in 200. Else it would read the account's part of the primary key as well,
 * for every message: that is slow in the first minutes of a week, and of a database.
 */
const FEW_OF_A_MESSAGE = `endpoint_id between '00000000-0000-0000-0000-000000000000'
  and 'ffffffff-ffff-ffff-ffff-ffffffffffff'`;

interface Scope {
  /** SQL expression. One account, because every statement on the data plane is of one account. */
  accountId: string;
  /** SQL comparison that follows on `message_id`, such as `= $2` or `= named.id`. */
  messageIs: string;
  /** SQL expression: the oldest of the messages, so that no older partition of attempts is read. */
  oldestMessageId?: string;
  /** SQL comparison that follows on `endpoint_id`; without it of all endpoints. */
  endpointIs?: string;
}

/**
 * Query of {@link KnownDelivery}: the rows of the messages' deliveries, then their successful attempts. A delivery in
 * neither is pending, which {@link withPending} adds.
 */
export const knownDeliveries = ({ accountId, messageIs, oldestMessageId, endpointIs }: Scope) => `
  select message_id as "messageId", endpoint_id as "endpointId", state, reason, attempts_made as "attemptsMade",
    next_attempt_at as "nextAttemptAt", true as "isRow"
  from deliveries where deliveries.account_id = ${accountId} and message_id ${messageIs}
    ${endpointIs === undefined ? '' : `and endpoint_id ${endpointIs}`}
  union all
  select message_id, endpoint_id, 'delivered', null, attempt_number, null, false from attempts
  where attempts.account_id = ${accountId} and message_id ${messageIs} and succeeded
    and ${endpointIs === undefined ? FEW_OF_A_MESSAGE : `endpoint_id ${endpointIs}`}
    ${oldestMessageId === undefined ? '' : `and id >= ${oldestMessageId}`}`;

export interface KnownDelivery extends Delivery {
  /** Whether the state comes from a row of `deliveries`, which takes precedence over an attempt. */
  isRow: boolean;
}

interface CountScope {
  /** SQL expressions. */
  accountId: string;
  messageId: string;
  /** The endpoints that the message was routed to. */
  endpointIds: string;
  /** When it is to be delivered. */
  deliverAt: string;
  oldestMessageId: string;
  /** SQL condition on the message, which names no table: whether a delivery without a row may not be attempted yet. */
  mayWait: string;
}

/**
 * Query of the columns `state`, `isFirstLater`, `isRow` and `count` of one message: of its rows by state; of what has
 * no row how many succeeded (`delivered`), and if it may wait how many there are, these included (`pending`). What is
 * to have its first attempt at a later time is `isFirstLater`. If nothing waits, what has no row is delivered, and no
 * attempt is read. The sets are hashed, because a message may go to thousands of endpoints.
 */
export const countedStates = ({
  accountId,
  messageId,
  endpointIds,
  deliverAt,
  oldestMessageId,
  mayWait,
}: CountScope) => {
  const rows = `from deliveries where deliveries.account_id = ${accountId} and message_id = ${messageId}`;
  return `
  select state, attempts_made = 0 and next_attempt_at is not null as "isFirstLater", true as "isRow",
    count(*)::int as count ${rows} group by 1, 2
  union all
  select 'delivered', false, false, count(*)::int from (
    select endpoint_id from attempts where attempts.account_id = ${accountId} and message_id = ${messageId}
      and succeeded and id >= ${oldestMessageId} and ${FEW_OF_A_MESSAGE}
    intersect select unnest(${endpointIds}) except select endpoint_id ${rows}
  ) succeeded having ${mayWait}
  union all
  select case when ${mayWait} then 'pending' else 'delivered' end, ${mayWait} and ${deliverAt} is not null, false,
    cardinality(${endpointIds}) - count(*)::int
  from (select endpoint_id ${rows} intersect select unnest(${endpointIds})) with_row`;
};

/** The part of a message that its deliveries follow from. */
export interface Routed {
  id: string;
  /** The endpoints that the message was routed to when it was accepted. */
  endpointIds: string[];
  /** When it is to be delivered; null: at once. */
  deliverAt: Date | null;
}

/** The deliveries of a message. A delivery that is neither in a row nor in a successful attempt is pending. */
export function withPending(message: Routed, known: KnownDelivery[]): Delivery[] {
  const { endpointIds } = message;
  const routed = new Set(endpointIds);
  const attempted = known.filter(({ endpointId, isRow }) => !isRow && routed.has(endpointId));
  const rows = known.filter(({ isRow }) => isRow);
  const byEndpoint = new Map<string, Delivery>(
    [...attempted, ...rows].map(({ isRow: _, ...delivery }) => [delivery.endpointId, delivery]),
  );
  return [...new Set([...endpointIds, ...byEndpoint.keys()])].map(
    (endpointId) => byEndpoint.get(endpointId) ?? pending(message, endpointId),
  );
}

function pending({ id: messageId, deliverAt: nextAttemptAt }: Routed, endpointId: string): Delivery {
  return { messageId, endpointId, state: 'pending', reason: null, attemptsMade: 0, nextAttemptAt };
}
