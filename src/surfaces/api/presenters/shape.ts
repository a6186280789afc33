import { z } from 'zod';

/** Parts of answer shapes. Presenters are typed by the shapes, and the OpenAPI document is generated from them. */

/** A shape that becomes a named component of the OpenAPI document. */
export const named = <T extends z.ZodType>(name: string, description: string, shape: T): T =>
  shape.meta({ id: name, description });

export const EXAMPLE_ID = '0197a3c2-5b1e-7c6a-9f43-2d1a8b7c6e5f';

export const id = (description = 'Its id.') => z.guid().meta({ description, examples: [EXAMPLE_ID] });

export const uid = z
  .string()
  .nullable()
  .meta({ description: 'Your own id of it, if you gave one.', examples: [null] });

/** A Date, written in JSON as ISO 8601 with milliseconds in UTC. */
export const time = (description: string) =>
  z.date().meta({ description, examples: ['2026-01-31T12:00:00.000Z'] });

export const createdAt = time('When it was made.');

export const optionalTime = (description: string) => z.date().nullable().meta({ description });

/** Seconds between attempts of an object with a retry schedule of its own. */
export const retryDelays = z
  .array(z.number())
  .nullable()
  .describe('Seconds to wait before each further attempt; null: the default.');

/** Any JSON, shown byte for byte. */
export const anyJson = (description: string) =>
  z.unknown().meta({ description, examples: [{ id: 42, email: 'ada@example.com' }] });

/** Headers by name; a repeated name has a list of values. */
export const headersShape = (description: string) =>
  z.record(z.string(), z.union([z.string(), z.array(z.string())])).describe(description);
