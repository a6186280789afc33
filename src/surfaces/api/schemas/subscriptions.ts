import { z } from 'zod';
import type { SubscriptionChanges } from '#src/domain/subscriptions/subscriptions.ts';
import { withAlias } from './alias.ts';
import { name, uid } from './fields.ts';

/** Requests say `name` and answers `subscriber_name`, because the published clients expect both. */
const fields = z.strictObject({
  name: name.meta({ description: 'The name of the subscriber.', examples: ['Globex'] }),
  subscriber_name: name
    .optional()
    .meta({ description: 'Another word for `name`. Both at once must be the same.', examples: undefined }),
  uid: uid.optional(),
});

const NAMES = { name: 'name', alias: 'subscriber_name' };

export const newSubscription = withAlias(
  fields.meta({ id: 'SubscriptionInput' }).transform(({ name, uid }) => ({ name, uid })),
  NAMES,
);

export const subscriptionChanges = withAlias(
  fields
    .partial()
    .meta({ id: 'SubscriptionPatch' })
    .transform(({ name, uid }): SubscriptionChanges => ({ name, uid })),
  NAMES,
);
