import type { z } from 'zod';
import type { Call } from './call.ts';
import { parseInput } from './input.ts';
import type { Json } from './json-body.ts';
import type { RequestBody } from './operation.ts';

/** A JSON object that is checked by `schema`. */
export function json<T extends z.ZodType>(schema: T): RequestBody<z.output<T>> {
  return jsonRead(schema, async (call) => parseInput(schema, (await call.body()).value));
}

/** JSON that `schema` describes, and that `read` checks: of which parts are taken as they were written, or that is large. */
export function jsonRead<T>(schema: z.ZodType, read: (call: Call) => Promise<T>): RequestBody<T> {
  return {
    contentType: 'application/json',
    schema,
    // An empty body is an empty object.
    isRequired: !schema.safeParse({}).success,
    read,
  };
}

/** JSON with its text, read up to a limit of its own. */
export const upTo =
  <T>(limitMegabytes: number, parse: (json: Json) => T) =>
  async (call: Call): Promise<T> =>
    parse(await call.json({ limitMegabytes }));
