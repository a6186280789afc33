import { z } from 'zod';
import { problemOfHeader } from '#src/domain/outbound-rules/reserved-headers.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';

const MAX_HEADERS = FIXED_LIMITS.messageHeaders.max;

/** The content type of a webhook whose body is sent as it was posted. */
export const contentType = z
  .string()
  .regex(/^[\t\x20-\x7e]{1,1000}$/, 'must be at most 1000 printable ASCII characters');

/** The provider's extra headers of a webhook. */
export const messageHeaders = z
  .custom<Record<string, unknown>>(isObject, 'must be an object of header names and values')
  .meta({ type: 'object', additionalProperties: { type: 'string', maxLength: 1000 } })
  .superRefine((headers, context) => {
    for (const message of problemsOf(Object.entries(headers))) context.addIssue({ code: 'custom', message });
  })
  .transform((headers) => headers as Record<string, string>);

function problemsOf(headers: [string, unknown][]): string[] {
  if (headers.length > MAX_HEADERS) return [`must be at most ${String(MAX_HEADERS)}`];
  return headers.flatMap(([name, value]) => problemOfHeader(name, value) ?? []);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
