import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';

/** Throws NotFound for a subscription of another app. */
export async function subscriptionOf(
  container: Pick<Container, 'subscriptions'>,
  app: App,
  id: string,
): Promise<Subscription> {
  const subscription = await container.subscriptions.get(app.accountId, id);
  if (subscription.appId !== app.id) throw new NotFound(`The app has no subscription ${id}.`);
  return subscription;
}

export function subscriptionHead(subscription: Subscription) {
  const { id, appId, name, email: address } = subscription;
  return { id, name, email: address ?? null, href: `/apps/${appId}/subscriptions/${id}` };
}
