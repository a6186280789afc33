import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { briefAppShape, presentAppBriefly } from './app.ts';
import { createdAt, id, named, uid } from './shape.ts';

/** Has both names, because the published clients write `name` and read `subscriber_name`. */
const brief = {
  id: id(),
  uid,
  subscriber_name: z.string().meta({ description: 'The name of the subscriber.', examples: ['Globex'] }),
  name: z.string().meta({ description: 'The same as `subscriber_name`.', examples: ['Globex'] }),
  created_at: createdAt,
};

export const subscriptionShape = named(
  'Subscription',
  'A subscriber of an app: one of your customers, with their endpoints.',
  z.object({
    ...brief,
    email: z
      .string()
      .nullable()
      .meta({ description: 'Whom we write to about its endpoints.', examples: ['dev@globex.example'] }),
    app: briefAppShape,
  }),
);

export const briefSubscriptionShape = named(
  'SubscriptionBrief',
  'A subscription inside of its endpoint.',
  z.object(brief),
);

export function presentSubscription(
  subscription: Subscription,
  app: App,
): z.output<typeof subscriptionShape> {
  const email = subscription.email ?? null;
  return { ...presentSubscriptionBriefly(subscription), email, app: presentAppBriefly(app) };
}

export function presentSubscriptionBriefly({
  id,
  uid,
  name,
  createdAt,
}: Subscription): z.output<typeof briefSubscriptionShape> {
  return { id, uid: uid ?? null, subscriber_name: name, name, created_at: createdAt };
}
