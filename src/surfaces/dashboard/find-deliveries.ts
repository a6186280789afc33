import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { shownStateOf, STATE_LABELS } from '#src/domain/deliveries/state-labels.ts';
import { findMessages } from '#src/domain/find-anything/find-rows.ts';
import { type NamedSubscriber, namedSubscribers } from '#src/domain/find-anything/named-subscribers.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { readSearch } from '#src/surfaces/dashboard/frame/search-field.ts';
import { storyHref } from './delivery-page.ts';

/** Of each subscriber that is named. */
const SHOWN = 5;

type Parts = Pick<Container, 'apps' | 'deliveryLog' | 'endpoints' | 'messages' | 'pool' | 'subscriptions'>;

/** A delivery to a subscriber that was named, for the list of what was found. */
interface FoundStory {
  href: string;
  label: string;
  note: string;
}

/** The log of an app in which a search went no further than its limit of work. */
interface FurtherSearch {
  name: string;
  href: string;
}

interface Found {
  stories: FoundStory[];
  further: FurtherSearch[];
}

/**
 * The newest deliveries of what the text says to the subscriber that it names, as in "Globex order 42": of the message
 * with that id or event id, also where it went to none of the subscriber's endpoints; else of messages that hold these
 * words.
 */
export async function findDeliveriesTo(container: Parts, accountId: string, text: string): Promise<Found> {
  const found: Found = { stories: [], further: [] };
  for (const subscriber of await namedSubscribers(container.pool, accountId, text)) {
    const app = await container.apps.get(accountId, subscriber.appId);
    const messages = await messagesOf(container, app, subscriber);
    for (const id of messages.ids) {
      const left = SHOWN - found.stories.length;
      if (left > 0) found.stories.push(...(await storiesOf(container, app, { id, subscriber, left })));
    }
    if (messages.further !== null) found.further.push(messages.further);
  }
  return found;
}

async function messagesOf(
  { messages, pool }: Parts,
  app: App,
  { id: subscriptionId, rest }: NamedSubscriber,
): Promise<{ ids: string[]; further: FurtherSearch | null }> {
  const id = isUuid(rest) ? rest.toLowerCase() : null;
  const named = await findMessages(pool, { accountId: app.accountId, text: rest, id });
  const known = named.find(({ appId }) => appId === app.id);
  if (known !== undefined) return { ids: [known.id], further: null };
  const { text } = readSearch(rest);
  if (text === undefined) return { ids: [], further: null };
  const { rows, resumeAfter } = await messages.search(app, { text, subscriptionId }, firstPage(SHOWN));
  const query = new URLSearchParams({ q: rest, subscription: subscriptionId });
  const further = { name: app.name, href: `/apps/${app.id}/messages?${String(query)}` };
  return { ids: rows.map((row) => row.id), further: resumeAfter === undefined ? null : further };
}

/** Of a message at the endpoints of a subscriber; of one that was not sent there, the stories say why not. */
async function storiesOf(
  { deliveryLog, endpoints, subscriptions }: Parts,
  app: App,
  { id: messageId, subscriber, left }: { id: string; subscriber: NamedSubscriber; left: number },
): Promise<FoundStory[]> {
  const subscriptionId = subscriber.id;
  const { rows } = await deliveryLog.search(app, { subscriptionId, messageId }, firstPage(left));
  if (rows.length > 0) {
    return rows.map((delivery) => ({
      href: storyHref(delivery),
      label: `${delivery.eventType} to ${subscriber.name}`,
      note: `${STATE_LABELS[shownStateOf(delivery)].label} · ${delivery.createdAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    }));
  }
  const subscription = await subscriptions.getOfApp(app, subscriptionId);
  const all = await endpoints.listOfSubscription(subscription, firstPage(left));
  return all.map((endpoint) => ({
    href: storyHref({ appId: app.id, messageId, endpointId: endpoint.id }),
    label: `Not sent to ${subscriber.name}`,
    note: endpoint.url,
  }));
}
