import { z } from 'zod';

/** A status code of an answer in a query, from 0 to 999; 0: there was no answer. */
export const statusCodeQuery = z
  .string()
  .max(3)
  .regex(/^\d{1,3}$/, 'must be a status code, like 500; 0 means that there was no answer')
  .transform(Number)
  .meta({ type: 'integer', minimum: 0, maximum: 999 });
