import type { Pool } from 'pg';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';
import { firstIdAt, isUuid, timeOfId } from '#src/infra/lib/ids.ts';
import {
  type EndpointRow,
  findApps,
  findAttempts,
  findEndpoints,
  findEvents,
  findMessages,
  findRequests,
  findRouted,
  findSubscribers,
  type LoggedRow,
  type NamedRow,
  type RequestRow,
  type Sought,
} from './find-rows.ts';

export { MAX_OF_KIND } from './find-rows.ts';

/** The delivery of a message to an endpoint. */
export interface DeliveryRow extends LoggedRow {
  messageId: string;
  endpointId: string;
}

/** What an account has by an id, a uid, an event id, a name, an address of mail or a part of a URL. */
export interface Findings {
  apps: NamedRow[];
  events: NamedRow[];
  subscribers: NamedRow[];
  endpoints: EndpointRow[];
  messages: LoggedRow[];
  deliveries: DeliveryRow[];
  attempts: LoggedRow[];
  requests: RequestRow[];
}

/**
 * Looks for everything that the account has by `text`: each id that pages, answers or headers show, and parts of names.
 * Payloads are searched by `Messages.search`.
 */
export async function findAnything(pool: Pool, accountId: string, text: string): Promise<Findings> {
  const sought: Sought = { accountId, text, id: isUuid(text) ? text.toLowerCase() : null };
  const [apps, events, subscribers, endpoints, messages, deliveries, attempts, requests] = await Promise.all([
    findApps(pool, sought),
    findEvents(pool, sought),
    findSubscribers(pool, sought),
    findEndpoints(pool, sought),
    findMessages(pool, sought),
    findDeliveries(pool, sought),
    findAttempts(pool, sought),
    findRequests(pool, sought),
  ]);
  return { apps, events, subscribers, endpoints, messages, deliveries, attempts, requests };
}

/** What an app has of a kind, by an id, a uid, or a part of a name or URL: what is exactly that first. */
export async function findInApp(
  pool: Pool,
  app: { accountId: string; id: string },
  { kind, text }: { kind: 'subscriber' | 'endpoint'; text: string },
): Promise<NamedRow[]> {
  const id = isUuid(text) ? text.toLowerCase() : null;
  const sought: Sought = { accountId: app.accountId, appId: app.id, text, id };
  return kind === 'subscriber' ? findSubscribers(pool, sought) : findEndpoints(pool, sought);
}

/** A delivery's id is computed of its message's and endpoint's. It tells the millisecond of the message. */
async function findDeliveries(pool: Pool, { accountId, id }: Sought): Promise<DeliveryRow[]> {
  if (id?.charAt(14) !== '8') return [];
  const atMs = timeOfId(id);
  const routed = await findRouted(pool, accountId, { from: firstIdAt(atMs), to: firstIdAt(atMs + 1) });
  return routed.flatMap(({ id: messageId, appId, endpointIds }) =>
    endpointIds
      .filter((endpointId) => deliveryId(messageId, endpointId) === id)
      .map((endpointId) => ({ id, appId, messageId, endpointId })),
  );
}
