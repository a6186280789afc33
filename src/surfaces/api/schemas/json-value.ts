import { z } from 'zod';
import { problemOfJson } from '#src/domain/apps/webhook-event-schema.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';

/** Any JSON, stored without validation. */
export const jsonValue = z.unknown().transform((value, context): JsonValue => {
  const problem = problemOfJson(value);
  if (problem === undefined) return value as JsonValue;
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
});
