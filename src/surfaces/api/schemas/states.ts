import { z } from 'zod';
import { DELIVERY_STATES, type DeliveryState } from '#src/domain/deliveries/delivery.ts';

export const STATES = Object.keys(DELIVERY_STATES) as DeliveryState[];

/** Several states are written as one text with commas between them, because a parameter comes once. */
export const states = z
  .string()
  .max(100)
  .transform((list) => list.split(','))
  .pipe(z.array(z.enum(STATES)).max(STATES.length))
  .meta({ type: 'string', examples: ['failed,held'] });
