import type { Transaction } from 'sequelize';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import type { Models } from '#src/domain/models.ts';
import type { Endpoint } from './endpoint.ts';

export const ALL_EVENTS = '*';

/**
 * Makes the endpoint receive these event types and no others. Answers whether that is a change. Throws InvalidInput for
 * a type that the app does not have.
 */
export async function enableEvents(
  { EndpointEvent, WebhookEvent }: Pick<Models, 'EndpointEvent' | 'WebhookEvent'>,
  { endpoint, types }: { endpoint: Endpoint; types: string[] | typeof ALL_EVENTS },
  transaction: Transaction,
): Promise<boolean> {
  const { accountId, appId, id: endpointId, receivesAllEvents: receivedAll } = endpoint;
  const receivesAllEvents = types === ALL_EVENTS || types.includes(ALL_EVENTS);
  const listed = await EndpointEvent.findAll({ where: { endpointId }, transaction });
  await endpoint.update({ receivesAllEvents }, { transaction });
  await EndpointEvent.destroy({ where: { endpointId }, transaction });
  if (receivesAllEvents) return !receivedAll;

  const events = await WebhookEvent.findAll({ where: { accountId, appId, eventType: types }, transaction });
  const unknown = types.filter((type) => !events.some(({ eventType }) => eventType === type));
  if (unknown.length > 0) {
    throw new InvalidInput(
      `The app has no webhook event ${unknown.join(', ')}. Create it first, or enable "${ALL_EVENTS}".`,
      { details: [{ path: 'enabled_events', message: `unknown: ${unknown.join(', ')}` }] },
    );
  }
  await EndpointEvent.bulkCreate(
    events.map(({ id }) => ({ accountId, appId, endpointId, webhookEventId: id })),
    { transaction },
  );
  const before = new Set(listed.map(({ webhookEventId }) => webhookEventId));
  return receivedAll || before.symmetricDifference(new Set(events.map(({ id }) => id))).size > 0;
}
