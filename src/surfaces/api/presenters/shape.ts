import { z } from 'zod';

/** Of what shapes are made: what presenters answer, and what the published description says of it. */

/** A shape with a name of its own in the description. */
export const named = <T extends z.ZodType>(name: string, description: string, shape: T): T =>
  shape.meta({ id: name, description });

export const EXAMPLE_ID = '0197a3c2-5b1e-7c6a-9f43-2d1a8b7c6e5f';

export const id = (description = 'Its id.') => z.guid().meta({ description, examples: [EXAMPLE_ID] });

export const uid = z
  .string()
  .nullable()
  .meta({ description: 'Your own id of it, if you gave one.', examples: [null] });

/** A Date until it is written as JSON: ISO 8601 with milliseconds, UTC. */
export const time = (description: string) =>
  z.date().meta({ description, examples: ['2026-01-31T12:00:00.000Z'] });

export const createdAt = time('When it was made.');

export const optionalTime = (description: string) => z.date().nullable().meta({ description });

/** Seconds between attempts, where a thing has its own. */
export const retryDelays = z
  .array(z.number())
  .nullable()
  .describe('Seconds to wait before each further attempt; null: the default.');

/** Any JSON, shown exactly as it was written. */
export const anyJson = (description: string) =>
  z.unknown().meta({ description, examples: [{ id: 42, email: 'ada@example.com' }] });

/** Headers by name; a name that came several times has a list of values. */
export const headersShape = (description: string) =>
  z.record(z.string(), z.union([z.string(), z.array(z.string())])).describe(description);
