import { z } from 'zod';
import type { ExpectedCount } from '#src/pipeline/routing/audience.ts';

const MAX = 1_000_000;
const count = z.int().min(0).max(MAX);

const expected = z.union(
  [count, z.strictObject({ max: count }).meta({ id: 'ExpectedAtMost' })],
  'must be a whole number, or {"max": a whole number}',
);

/** To how many a message is meant to go. */
export const expectation = z
  .strictObject({
    subscriptions: expected.optional().describe('So many subscriptions, or at most `max`.'),
    endpoints: expected.optional().describe('So many endpoints, or at most `max`.'),
  })
  .refine(
    ({ subscriptions, endpoints }) => subscriptions !== undefined || endpoints !== undefined,
    'must hold subscriptions or endpoints',
  )
  .meta({ id: 'Expectation' });

/** The same as a parameter: `3`, or `max:3`. */
export const expectedText = z
  .string()
  .max(10)
  .regex(/^(max:)?\d{1,6}$/, 'must be a whole number, like 3, or max:3 for at most so many')
  .transform((text): ExpectedCount =>
    text.startsWith('max:') ? { max: Number(text.slice(4)) } : Number(text),
  );
