import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { ListedDelivery } from '#src/domain/deliveries/log/listed-delivery.ts';
import { STATE_LABELS } from '#src/domain/deliveries/state-labels.ts';
import { findMessages } from '#src/domain/find-anything/find-rows.ts';
import { type NamedSubscriber, namedSubscribers } from '#src/domain/find-anything/named-subscribers.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { readSearch } from '#src/surfaces/dashboard/frame/search-field.ts';
import { storyHref } from './delivery-page.ts';

const SHOWN = 5;

type Parts = Pick<Container, 'apps' | 'deliveryLog' | 'pool'>;

/** A delivery to a subscriber that was named, for the list of what was found. */
interface FoundStory {
  href: string;
  label: string;
  note: string;
}

/**
 * The newest deliveries of what the text says to the subscriber that it names, as in "Globex order 42": of the message
 * with that id or event id, else of messages that hold these words.
 */
export async function findDeliveriesTo(
  container: Parts,
  accountId: string,
  text: string,
): Promise<FoundStory[]> {
  const stories: FoundStory[] = [];
  for (const subscriber of await namedSubscribers(container.pool, accountId, text)) {
    const app = await container.apps.get(accountId, subscriber.appId);
    const deliveries = await deliveriesTo(container, app, subscriber);
    stories.push(...deliveries.map((delivery) => storyOf(delivery, subscriber)));
  }
  return stories;
}

async function deliveriesTo(
  { deliveryLog, pool }: Parts,
  app: App,
  { id: subscriptionId, rest }: NamedSubscriber,
): Promise<ListedDelivery[]> {
  const id = isUuid(rest) ? rest.toLowerCase() : null;
  const messages = await findMessages(pool, { accountId: app.accountId, text: rest, id });
  const known = messages.find(({ appId }) => appId === app.id);
  const { text } = readSearch(rest);
  if (known === undefined && text === undefined) return [];
  const filters = { subscriptionId, ...(known === undefined ? { text } : { messageId: known.id }) };
  return (await deliveryLog.search(app, filters, { limit: SHOWN, offset: 0 })).rows;
}

const storyOf = (delivery: ListedDelivery, { name }: NamedSubscriber): FoundStory => ({
  href: storyHref(delivery),
  label: `${delivery.eventType} to ${name}`,
  note: `${STATE_LABELS[delivery.state].label} · ${delivery.createdAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
});
