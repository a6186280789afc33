import { z } from 'zod';
import type { JsonValue } from '../../lib/json.ts';

const MAX_DEPTH = 100;
const MAX_BYTES = 65_536;

/** JSON that is kept and not looked into. Its depth is bounded, because PostgreSQL and `JSON.stringify` recurse. */
export const jsonValue = z.unknown().transform((value, context): JsonValue => {
  if (depthOf(value as JsonValue) > MAX_DEPTH) {
    context.addIssue({ code: 'custom', message: `must be nested at most ${String(MAX_DEPTH)} deep` });
    return z.NEVER;
  }
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_BYTES) {
    context.addIssue({ code: 'custom', message: 'must be at most 64 KB' });
    return z.NEVER;
  }
  return value as JsonValue;
});

/** Level by level: a recursion would overflow on what it is to refuse. Stops one level after the bound. */
function depthOf(value: JsonValue): number {
  let level = [value];
  for (let depth = 0; ; depth += 1) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
    if (level.length === 0 || depth > MAX_DEPTH) return depth;
  }
}
