import { z } from 'zod';
import type { SubscriptionChanges } from '#src/domain/subscriptions/subscriptions.ts';
import { name, uid } from './fields.ts';

/** Requests say `name` and answers `subscriber_name`, because the published clients expect both. */
const fields = z.strictObject({
  name: name.meta({ description: 'The name of the subscriber.', examples: ['Globex'] }),
  subscriber_name: name
    .optional()
    .meta({ description: 'Taken where `name` is not given.', examples: undefined }),
  uid: uid.optional(),
});

const bothNames = (value: unknown) =>
  isObject(value) && !('name' in value) && 'subscriber_name' in value
    ? { ...value, name: value['subscriber_name'] }
    : value;

export const newSubscription = z.preprocess(
  bothNames,
  fields.meta({ id: 'SubscriptionInput' }).transform(({ name, uid }) => ({ name, uid })),
);

export const subscriptionChanges = z.preprocess(
  bothNames,
  fields
    .partial()
    .meta({ id: 'SubscriptionPatch' })
    .transform(({ name, uid }): SubscriptionChanges => ({ name, uid })),
);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
