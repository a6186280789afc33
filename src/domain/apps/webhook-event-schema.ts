import { z } from 'zod';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { isDeeperThan } from '#src/infra/lib/json-depth.ts';
import { text } from '#src/infra/lib/text-schema.ts';

// Validation of a webhook event's fields on every surface. Messages are predicates, like "must not be empty".

const MAX_JSON_DEPTH = FIXED_LIMITS.schemaLevels.max;
const MAX_JSON_BYTES = FIXED_LIMITS.schemaBytes.max;
/** Bytes of all versions of an event together. */
export const MAX_VERSIONS_BYTES = FIXED_LIMITS.versionsBytes.max;

export const eventType = z
  .string()
  .min(1, 'must not be empty')
  .max(255, 'must be at most 255 characters long')
  .regex(/^[A-Za-z0-9_.:/-]*$/, 'must only hold the characters A-Z a-z 0-9 _ . : / -');

export const description = text(2000);

/** A sample payload as JSON text, not parsed, because `1.0` would be written again as `1`. */
export const samplePayloadText = z.string().superRefine((sample, context) => {
  const problem = problemOf(sample);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/**
 * Why a parsed schema, or other JSON of an event, is not stored; undefined when it is. The depth is bounded, because
 * PostgreSQL's JSON parser and `JSON.stringify` recurse.
 */
export function problemOfJson(value: unknown): string | undefined {
  if (isDeeperThan(MAX_JSON_DEPTH, value)) return TOO_DEEP;
  return Buffer.byteLength(JSON.stringify(value)) > MAX_JSON_BYTES ? TOO_LARGE : undefined;
}

const TOO_DEEP = `must be nested at most ${String(MAX_JSON_DEPTH)} deep`;
const TOO_LARGE = 'must be at most 64 KB';

function problemOf(sample: string): string | undefined {
  if (Buffer.byteLength(sample) > MAX_JSON_BYTES) return TOO_LARGE;
  try {
    return isDeeperThan(MAX_JSON_DEPTH, JSON.parse(sample)) ? TOO_DEEP : undefined;
  } catch (error) {
    return `is not JSON: ${(error as Error).message}`;
  }
}
