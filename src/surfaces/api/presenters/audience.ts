import { z } from 'zod';
import { id, named, uid } from './shape.ts';

const total = z.int().describe('How many they are.');

export const audienceShape = named(
  'Audience',
  'Who would have got a message that was refused because of its `expect`: at most 20 of them each.',
  z.object({
    subscriptions: z.object({
      total,
      first: z.array(z.object({ id: id(), uid, name: z.string().meta({ examples: ['Globex'] }) })),
    }),
    endpoints: z.object({
      total,
      first: z.array(
        z.object({
          id: id(),
          uid,
          url: z.string().meta({ examples: ['https://hooks.globex.example/orders'] }),
          subscription_id: id('Its subscription.'),
        }),
      ),
    }),
  }),
);
