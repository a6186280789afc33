import { z } from 'zod';
import type { ListedDelivery } from '#src/domain/deliveries/log/listed-delivery.ts';
import { deliveryShape, presentDelivery } from './message.ts';
import { createdAt, id, named } from './shape.ts';

export const listedDeliveryShape = named(
  'ListedDelivery',
  'A message on its way to one endpoint.',
  deliveryShape.extend({
    id: id('The id that the receiver sees, in the header `HostedHooks-Delivery`.'),
    event_type: z.string().meta({ examples: ['user.created'] }),
    subscription_id: z
      .guid()
      .nullable()
      .describe('The subscription; null when its endpoint was deleted before anything was sent to it.'),
    created_at: createdAt.describe('When the message was accepted.'),
    last_attempt: z
      .object({
        id: id('Its id among the webhook attempts.'),
        status_message: z.enum(['success', 'failed']),
        status_code: z.string().describe('Of the answer, as a text; `"0"`: there was none.'),
      })
      .nullable()
      .describe('The latest request; null before the first.'),
  }),
);

export function presentListedDelivery(delivery: ListedDelivery): z.output<typeof listedDeliveryShape> {
  const { lastAttempt: last } = delivery;
  return {
    id: delivery.id,
    ...presentDelivery(delivery),
    event_type: delivery.eventType,
    subscription_id: delivery.subscriptionId,
    created_at: delivery.createdAt,
    last_attempt: last && {
      id: last.id,
      status_message: last.succeeded ? 'success' : 'failed',
      status_code: String(last.statusCode ?? 0),
    },
  };
}
