import { z } from 'zod';
import type { SubscriptionChanges } from '../../subscriptions/subscriptions.ts';
import { name, uid } from './fields.ts';

/** Written as `name`, read as `subscriber_name`: the published clients expect both. */
const fields = z.object({ name, subscriber_name: name.optional(), uid: uid.optional() });

const bothNames = (value: unknown) =>
  isObject(value) && !('name' in value) && 'subscriber_name' in value
    ? { ...value, name: value['subscriber_name'] }
    : value;

export const newSubscription = z.preprocess(
  bothNames,
  fields.transform(({ name, uid }) => ({ name, uid })),
);

export const subscriptionChanges = z.preprocess(
  bothNames,
  fields.partial().transform(({ name, uid }): SubscriptionChanges => ({ name, uid })),
);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
