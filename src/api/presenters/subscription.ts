import type { App } from '../../apps/app.ts';
import type { Subscription } from '../../subscriptions/subscription.ts';
import { presentAppBriefly } from './app.ts';

export function presentSubscription(subscription: Subscription, app: App) {
  return { ...presentSubscriptionBriefly(subscription), app: presentAppBriefly(app) };
}

/** A subscription inside of its endpoint. Written as `name` and read as `subscriber_name`, so it has both. */
export function presentSubscriptionBriefly({ id, uid, name, createdAt }: Subscription) {
  return { id, uid: uid ?? null, subscriber_name: name, name, created_at: createdAt };
}
