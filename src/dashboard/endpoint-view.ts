import type { Endpoint } from '../endpoints/endpoint.ts';
import type { EndpointWithParents } from '../endpoints/endpoints.ts';
import type { Badge } from './attempt-view.ts';

/** An endpoint as a row of a table. */
export interface EndpointRow {
  id: string;
  href: string;
  url: string;
  description: string;
  version: string;
  badge: Badge;
  events: string;
  subscriber: string;
  /** Percent of failed attempts over the last day; null without attempts. */
  errorRate: number | null;
}

export function endpointRow(endpoint: EndpointWithParents, errorRate: number | undefined): EndpointRow {
  return {
    id: endpoint.id,
    href: `/apps/${endpoint.appId}/endpoints/${endpoint.id}`,
    url: endpoint.url,
    description: endpoint.description,
    version: endpoint.version,
    badge: endpointBadge(endpoint),
    events: endpoint.receivesAllEvents ? 'All' : eventTypes(endpoint).join(', ') || 'None',
    subscriber: endpoint.subscription.name,
    errorRate: errorRate ?? null,
  };
}

export function eventTypes(endpoint: EndpointWithParents): string[] {
  return endpoint.webhookEvents.map(({ eventType }) => eventType).sort();
}

export function endpointBadge({ status, inactiveReason }: Endpoint): Badge {
  if (status === 'active') return { tone: 'success', label: 'On' };
  return inactiveReason === null
    ? { tone: 'neutral', label: 'Off' }
    : { tone: 'danger', label: 'Turned off' };
}

/** Why an endpoint is off and what to do; undefined while it is on. */
export function whyOff({ status, inactiveReason, url }: Endpoint): string | undefined {
  if (status === 'active') return undefined;
  const host = URL.canParse(url) ? new URL(url).host : url;
  if (inactiveReason === 'gone') {
    return `${host} answered 410 Gone, which asks us to stop. We turned the endpoint off; what it misses is kept. Turn it on again if that was a mistake.`;
  }
  if (inactiveReason === 'attempts_exhausted') {
    return `Every attempt to deliver a message to ${host} failed, and none succeeded since. We turned the endpoint off; what it misses is kept. Turn it on again when ${host} answers.`;
  }
  return 'Someone turned this endpoint off. Nothing is sent to it until it is turned on again.';
}
