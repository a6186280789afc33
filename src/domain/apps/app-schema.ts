import { z } from 'zod';

// Validation of an app's fields on every surface. Messages are predicates, like "must not be empty".

/** Seconds between the attempts; null: the default schedule. */
export const retryDelays = z
  .array(
    z
      .number()
      .min(0)
      .max(7 * 24 * 3600),
  )
  .max(20)
  .nullable();

/** Prefixes with which our headers would read as headers of Standard Webhooks or of HTTP. */
const RESERVED = /^(webhook|http|content|user|transfer|proxy)$/i;

/** The prefix of our own headers; null: the default prefix. */
export const headerPrefix = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'must begin with a letter and hold at most 64 letters, digits and -')
  .refine((prefix) => !RESERVED.test(prefix), 'must not be one that webhooks have a meaning for')
  .nullable();

/** Which answers of an endpoint count as success. */
export const successPolicy = z.enum(['any_2xx', 'only_200']);
