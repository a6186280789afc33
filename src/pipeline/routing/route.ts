import { patternsOf, receives } from '#src/domain/endpoints/event-patterns.ts';
import { shareChannel } from '#src/domain/outbound-rules/channels.ts';
import type { IgnoreReason } from '#src/domain/deliveries/delivery.ts';
import type { AppSnapshot, RoutedEndpoint } from './app-snapshot.ts';
import type { MessageTarget } from './message-target.ts';

/** Why an endpoint of the target does not get a message now. `held`: the delivery is kept for a replay. */
export type SkipReason = 'version' | 'event_type' | 'channel' | 'filtered' | 'held';

export interface Routing {
  /** The ids of endpoints that get the message. */
  sent: string[];
  /** Endpoints that get it by their queues; absent when there are none. */
  queued?: RoutedEndpoint[];
  /** The ids of endpoints that are off: each gets a held delivery. */
  held: string[];
  /** Endpoints whose rules keep the message back: each gets an ignored delivery. */
  ignored: { endpointId: string; reason: IgnoreReason }[];
}

/** What routing needs of an endpoint, as it is now or as it was when a message was routed. */
export type Routable = Pick<
  RoutedEndpoint,
  'id' | 'subscriptionId' | 'version' | 'status' | 'inactiveReason' | 'eventTypes' | 'channels'
>;

interface Routables<E extends Routable> {
  endpoints: Map<string, E>;
}

export interface Considered<E extends Routable = RoutedEndpoint> {
  endpoint: E;
  reason: SkipReason | null;
  /** The paths of what of the endpoint's filter did not hold, where that was asked for. */
  failed?: string[];
}

/** What routing needs of a message. */
export interface Addressed {
  target: MessageTarget;
  eventType: string;
  version: string;
  /** None: it goes to the endpoints of all channels. */
  channels?: string[] | null;
}

/** No endpoint's filter keeps the message back. */
export const NONE_FILTERED: ReadonlySet<string> = new Set();

/**
 * Where a message goes. Pure, and the one place that decides it. `filtered`: the ids of endpoints whose filters it does
 * not pass.
 */
export function route(app: AppSnapshot, message: Addressed, filtered = NONE_FILTERED): Routing {
  const routing: Routing = { sent: [], held: [], ignored: [] };
  for (const { endpoint, reason } of consider(app, message, filtered)) {
    if (reason === null && endpoint.queue === null) routing.sent.push(endpoint.id);
    else if (reason === null) (routing.queued ??= []).push(endpoint);
    else if (reason === 'held') routing.held.push(endpoint.id);
    else if (reason === 'filtered') routing.ignored.push({ endpointId: endpoint.id, reason });
  }
  return routing;
}

/** Every endpoint that the message is addressed to, with the reason why it is skipped; `null` when it is not. */
export function consider<E extends Routable>(
  app: Routables<E>,
  message: Addressed,
  filtered = NONE_FILTERED,
): Considered<E>[] {
  const asked = { ...message, patterns: patternsOf(message.eventType), filtered };
  return [...addressedEndpoints(app, message)].map((endpoint) => ({
    endpoint,
    reason: skipReason(endpoint, asked),
  }));
}

interface Asked extends Addressed {
  patterns: string[];
  filtered: ReadonlySet<string>;
}

function skipReason(endpoint: Routable, message: Asked): SkipReason | null {
  const { eventTypes } = endpoint;
  if (endpoint.version !== message.version) return 'version';
  if (eventTypes !== null && !receives(eventTypes, message.eventType, message.patterns)) return 'event_type';
  if (!shareChannel(endpoint.channels, message.channels ?? null)) return 'channel';
  if (message.filtered.has(endpoint.id)) return 'filtered';
  return endpoint.status === 'active' ? null : 'held';
}

function addressedEndpoints<E extends Routable>(app: Routables<E>, { target }: Addressed): Iterable<E> {
  if (target.endpointId !== null) {
    const endpoint = app.endpoints.get(target.endpointId);
    return endpoint === undefined ? [] : [endpoint];
  }
  if (target.subscriptionId === null) return app.endpoints.values();
  return [...app.endpoints.values()].filter(({ subscriptionId }) => subscriptionId === target.subscriptionId);
}
