import { z } from 'zod';
import { MAX_JSON_BYTES, MAX_JSON_DEPTH } from '#src/domain/apps/webhook-event-schema.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';
import { isDeeperThan } from '#src/infra/lib/json-depth.ts';

/** Any JSON, stored without validation. Its depth is bounded, because PostgreSQL and `JSON.stringify` recurse. */
export const jsonValue = z.unknown().transform((value, context): JsonValue => {
  if (isDeeperThan(MAX_JSON_DEPTH, value)) {
    context.addIssue({ code: 'custom', message: `must be nested at most ${String(MAX_JSON_DEPTH)} deep` });
    return z.NEVER;
  }
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_JSON_BYTES) {
    context.addIssue({ code: 'custom', message: 'must be at most 64 KB' });
    return z.NEVER;
  }
  return value as JsonValue;
});
