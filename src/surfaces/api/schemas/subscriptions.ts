import { z } from 'zod';
import { email } from '#src/domain/subscriptions/email-schema.ts';
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
  email: email
    .nullable()
    .optional()
    .meta({
      description: 'Whom we write to about its endpoints; null: nobody.',
      examples: ['dev@globex.example'],
    }),
});

const NAMES = { name: 'name', alias: 'subscriber_name' };

export const newSubscription = withAlias(
  fields.meta({ id: 'SubscriptionInput' }).transform(({ name, uid, email }) => ({ name, uid, email })),
  NAMES,
);

export const subscriptionChanges = withAlias(
  fields
    .partial()
    .meta({ id: 'SubscriptionPatch' })
    .transform(({ name, uid, email }): SubscriptionChanges => ({ name, uid, email })),
  NAMES,
);
