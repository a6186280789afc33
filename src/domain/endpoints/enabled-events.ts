import type { Transaction } from 'sequelize';
import { EVENT_TYPES } from '#src/domain/announcements/event-types.ts';
import { PROVIDERS } from '#src/domain/announcements/providers-app.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import type { Models } from '#src/domain/models.ts';
import { EVENT_HEAD, type EventHead } from '#src/domain/apps/webhook-event.ts';
import type { Endpoint } from './endpoint.ts';
import { isEventPattern, patternsOf, receives } from './event-patterns.ts';

export const ALL_EVENTS = '*';

/**
 * Makes the endpoint receive these event types and no others. A pattern (`order.*`) needs no event type yet. Answers
 * whether that is a change. Throws InvalidInput for a type that the app does not have.
 */
export async function enableEvents(
  { EndpointEvent, WebhookEvent }: Pick<Models, 'EndpointEvent' | 'WebhookEvent'>,
  { endpoint, types: enabled }: { endpoint: Endpoint; types: string[] | typeof ALL_EVENTS },
  transaction: Transaction,
): Promise<boolean> {
  const {
    accountId,
    appId,
    id: endpointId,
    receivesAllEvents: receivedAll,
    eventPatterns: before,
  } = endpoint;
  const receivesAllEvents = enabled === ALL_EVENTS || enabled.includes(ALL_EVENTS);
  const [types, eventPatterns] = receivesAllEvents ? [[], []] : splitPatterns([enabled].flat());
  const listed = await EndpointEvent.findAll({ where: { endpointId }, transaction });
  await endpoint.update({ receivesAllEvents, eventPatterns }, { transaction });
  await EndpointEvent.destroy({ where: { endpointId }, transaction });
  if (receivesAllEvents) return !receivedAll;

  const events: EventHead[] = await WebhookEvent.unscoped().findAll({
    where: { accountId, appId, eventType: types },
    attributes: EVENT_HEAD,
    transaction,
  });
  const unknown = types.filter((type) => !events.some(({ eventType }) => eventType === type));
  if (unknown.length > 0) {
    throw new InvalidInput(
      accountId === PROVIDERS.accountId
        ? `We send no webhook event ${unknown.join(', ')}. There are ${Object.keys(EVENT_TYPES).join(', ')}.`
        : `The app has no webhook event ${unknown.join(', ')}. Create it first, or enable "${ALL_EVENTS}".`,
      { details: [{ path: 'enabled_events', message: `unknown: ${unknown.join(', ')}` }] },
    );
  }
  await EndpointEvent.bulkCreate(
    events.map(({ id }) => ({ accountId, appId, endpointId, webhookEventId: id })),
    { transaction },
  );
  return (
    receivedAll ||
    differ(
      listed.map(({ webhookEventId }) => webhookEventId),
      events.map(({ id }) => id),
    ) ||
    differ(before, eventPatterns)
  );
}

const differ = (before: string[], now: string[]) =>
  new Set(before).symmetricDifference(new Set(now)).size > 0;

function splitPatterns(enabled: string[]): [types: string[], patterns: string[]] {
  const patterns = new Set(enabled.filter(isEventPattern));
  return [enabled.filter((type) => !patterns.has(type)), [...patterns].sort()];
}

type Enabled = Pick<Endpoint, 'receivesAllEvents' | 'eventPatterns'> & { webhookEvents: EventHead[] };

/** The event types and patterns that an endpoint lists by name. */
export const enabledTypes = ({ webhookEvents, eventPatterns }: Enabled): string[] => [
  ...webhookEvents.map(({ eventType }) => eventType),
  ...eventPatterns,
];

/** Whether {@link receivedEvents} needs the events of the app, because not all are listed. */
export const needsAppEvents = ({
  receivesAllEvents,
  eventPatterns,
}: Omit<Enabled, 'webhookEvents'>): boolean => receivesAllEvents || eventPatterns.length > 0;

/** The events of its app that an endpoint receives. */
export function receivedEvents(endpoint: Enabled, appEvents: EventHead[]): EventHead[] {
  if (endpoint.receivesAllEvents) return appEvents;
  if (!needsAppEvents(endpoint)) return endpoint.webhookEvents;
  const enabled = new Set(enabledTypes(endpoint));
  return appEvents.filter(({ eventType }) => receives(enabled, eventType, patternsOf(eventType)));
}
