import type { z } from 'zod';
import { requireArrayLimits } from '#src/infra/lib/array-limits.ts';
import type { Call } from './call.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import type { RequestBody } from './operation.ts';

/** A JSON object that `schema` validates. */
export function json<T extends z.ZodType>(schema: T): RequestBody<z.output<T>> {
  return jsonRead(schema, async (call) => parseInput(schema, (await call.body()).value));
}

/**
 * JSON that `schema` describes and `read` validates: for large bodies, and for parts that are kept byte for byte.
 * Throws for an array without a maximum.
 */
export function jsonRead<T>(schema: z.ZodType, read: (call: Call) => Promise<T>): RequestBody<T> {
  requireArrayLimits(schema);
  return {
    contentType: 'application/json',
    schema,
    // An empty body counts as an empty object.
    isRequired: !schema.safeParse({}).success,
    read,
  };
}
