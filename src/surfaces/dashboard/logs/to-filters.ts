import type { AttemptFilters } from '#src/domain/attempts/attempts.ts';
import { isReplayableState, MISSED_STATES } from '#src/domain/deliveries/delivery.ts';
import type { DeliveryFilters } from '#src/domain/deliveries/log/delivery-filters.ts';
import type { MessageLogFilters } from '#src/domain/deliveries/log/message-log.ts';
import type { AppReplayFilter } from '#src/domain/replays/replay.ts';
import { parseTextQuery } from '#src/domain/search/text-query.ts';
import {
  type AttemptQuery,
  type DeliveryQuery,
  LAST_MS,
  type LogQuery,
  type MessageQuery,
  momentOf,
} from './fields.ts';

// From the filters of an address to those of the domain, at a moment: "the last hour" ends then.

export const toAttemptFilters = (shown: AttemptQuery, nowMs: number): AttemptFilters => ({
  ...common(shown, nowMs),
  ...answered(shown),
  status: shown.status,
  trigger: shown.trigger,
  endpointId: shown.endpoint_id,
  messageId: shown.message_id,
});

export const toDeliveryFilters = (shown: DeliveryQuery, nowMs: number): DeliveryFilters => ({
  ...common(shown, nowMs),
  ...answered(shown),
  states: shown.state && [shown.state],
  reason: shown.reason,
  endpointId: shown.endpoint_id,
});

export const toMessageFilters = (shown: MessageQuery, nowMs: number): MessageLogFilters => ({
  ...common(shown, nowMs),
  states: shown.state && [shown.state],
  eventId: shown.event_id,
  channel: shown.channel,
});

/**
 * What a replay of the filters sends again: of all states what was missed, of a reason what it ignored. Undefined when
 * the filters match nothing that can be replayed, or ask what a replay cannot.
 */
export function toReplayFilter(shown: DeliveryQuery, nowMs: number): AppReplayFilter | undefined {
  const { state, reason, q, status_code: code } = shown;
  if (shown.status_class !== undefined || shown.outcome !== undefined) return undefined;
  if (state !== undefined && !isReplayableState(state)) return undefined;
  if (reason !== undefined && state !== undefined && state !== 'ignored') return undefined;
  const all = reason === undefined ? MISSED_STATES : (['ignored'] as const);
  const { text: _, ...rest } = common(shown, nowMs);
  return {
    ...rest,
    states: state === undefined ? all : [state],
    reason,
    endpointId: shown.endpoint_id,
    statusCode: code === undefined ? undefined : Number(code),
    query: q,
  };
}

const common = (shown: LogQuery, nowMs: number) => ({
  text: shown.q === undefined ? undefined : parseTextQuery(shown.q),
  eventType: shown.event_type,
  subscriptionId: shown.subscription_id,
  since: sinceOf(shown, nowMs),
  until: shown.until === undefined ? undefined : new Date(momentOf(shown.until)),
});

/** The later of the two begins that can be given. */
function sinceOf({ last, since }: LogQuery, nowMs: number): Date | undefined {
  const begins = [
    ...(last === undefined ? [] : [nowMs - LAST_MS[last]]),
    ...(since === undefined ? [] : [momentOf(since)]),
  ];
  return begins.length === 0 ? undefined : new Date(Math.max(...begins));
}

const answered = ({ status_code: code, status_class: statusClass, outcome }: LogQuery) => ({
  statusCode: code === undefined ? undefined : Number(code) === 0 ? null : Number(code),
  statusClass,
  outcome,
});
