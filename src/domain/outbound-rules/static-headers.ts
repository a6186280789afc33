import { z } from 'zod';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { asReceiversRead, problemOfHeader } from './reserved-headers.ts';
import { isMask, type SecretMask } from './secret-text.ts';

export type StaticHeaders = Record<string, string | SecretMask>;

const MAX_HEADERS = FIXED_LIMITS.endpointHeaders.max;

/** The headers that each webhook to an endpoint has. Their values may be secrets, and are stored as such. */
export const staticHeaders = z
  .custom<StaticHeaders>(isObject, 'must be an object of header names and values')
  .superRefine((headers, context) => {
    for (const message of problemsOf(Object.entries(headers))) context.addIssue({ code: 'custom', message });
  })
  .meta({
    type: 'object',
    additionalProperties: { anyOf: [{ type: 'string', maxLength: 1000 }, { type: 'object' }] },
    description:
      'Headers of every webhook to it, at most 20. They win over those of a message; those that we or its `auth` set are refused. Keys without the scope `admin`, and exports without secrets, get masks in the place of their values; a mask sent back keeps the value.',
    examples: [{ 'X-Tenant': 'globex' }],
  });

function problemsOf(headers: [string, unknown][]): string[] {
  if (headers.length > MAX_HEADERS) return [`must be at most ${String(MAX_HEADERS)}`];
  const seen = new Set<string>();
  return headers.flatMap(([name, value]) => {
    const problem = problemOfHeader(name, isMask(value) ? '' : value);
    if (problem !== undefined) return problem;
    const read = asReceiversRead(name);
    if (seen.has(read)) return `must not hold ${JSON.stringify(name)} twice, in spellings that read the same`;
    seen.add(read);
    return [];
  });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
