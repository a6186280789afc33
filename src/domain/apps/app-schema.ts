import { z } from 'zod';

/** What an app may be, whichever surface it comes through. Messages are predicates: "must not be empty". */

/** Seconds between the attempts; null takes the default. */
export const retryDelays = z
  .array(
    z
      .number()
      .min(0)
      .max(7 * 24 * 3600),
  )
  .max(20)
  .nullable();

/** With these, our headers would be taken for Standard Webhooks' or for HTTP's own. */
const RESERVED = /^(webhook|http|content|user|transfer|proxy)$/i;

/** What our own headers begin with; null takes the default. */
export const headerPrefix = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'must begin with a letter and hold at most 64 letters, digits and -')
  .refine((prefix) => !RESERVED.test(prefix), 'must not be one that webhooks have a meaning for')
  .nullable();
