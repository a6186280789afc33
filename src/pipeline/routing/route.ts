import type { IgnoreReason } from '#src/domain/deliveries/delivery.ts';
import type { AppSnapshot, RoutedEndpoint } from './app-snapshot.ts';
import type { MessageTarget } from './message-target.ts';

/** Why an endpoint of the target does not get a message now. `held`: the delivery is kept for a replay. */
export type SkipReason = 'version' | 'event_type' | 'held';

export interface Routing {
  /** The ids of endpoints that get the message. */
  sent: string[];
  /** The ids of endpoints that are off: each gets a held delivery. */
  held: string[];
  /** Endpoints whose rules keep the message back: each gets an ignored delivery. */
  ignored: { endpointId: string; reason: IgnoreReason }[];
}

/** What routing needs of an endpoint, as it is now or as it was when a message was routed. */
export type Routable = Pick<
  RoutedEndpoint,
  'id' | 'subscriptionId' | 'version' | 'status' | 'inactiveReason' | 'eventTypes'
>;

interface Routables<E extends Routable> {
  endpoints: Map<string, E>;
}

export interface Considered<E extends Routable = RoutedEndpoint> {
  endpoint: E;
  reason: SkipReason | null;
}

/** What routing needs of a message. */
export interface Addressed {
  target: MessageTarget;
  eventType: string;
  version: string;
}

/** Where a message goes. Pure, and the one place that decides it. */
export function route(app: AppSnapshot, message: Addressed): Routing {
  const routing: Routing = { sent: [], held: [], ignored: [] };
  for (const { endpoint, reason } of consider(app, message)) {
    if (reason === null) routing.sent.push(endpoint.id);
    else if (reason === 'held') routing.held.push(endpoint.id);
  }
  return routing;
}

/** Every endpoint that the message is addressed to, with the reason why it is skipped; `null` when it is not. */
export function consider<E extends Routable>(app: Routables<E>, message: Addressed): Considered<E>[] {
  return [...addressedEndpoints(app, message)].map((endpoint) => ({
    endpoint,
    reason: skipReason(endpoint, message),
  }));
}

function skipReason(endpoint: Routable, message: Addressed): SkipReason | null {
  if (endpoint.version !== message.version) return 'version';
  if (endpoint.eventTypes !== null && !endpoint.eventTypes.has(message.eventType)) return 'event_type';
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
