import { z } from 'zod';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { text } from '#src/infra/lib/text-schema.ts';

const MAX_BYTES = FIXED_LIMITS.answerBytes.max;
const MAX_HEADERS = FIXED_LIMITS.answerHeaders.max;
/** Longer than a delivery waits, so that a timeout can be tried; shorter than Heroku's router, which gives up at 30. */
const MAX_DELAY_SECONDS = 25;
export const MAX_FAILURES = 1000;
const MAX_TYPE = 100;

/**
 * An answer comes from our own origin, so it may set only headers on which no browser or proxy acts: no cookie, no
 * redirect, no login.
 */
const HEADER_NAME = /^(?:retry-after|x-[a-z0-9-]{1,98})$/i;
const ACTED_ON = /^x-(?:accel|sendfile|content-type-options|frame-options|xss|dns|permitted|ua|request-id)/i;
const HEADER_VALUE = /^[\t\x20-\x7e]{0,1000}$/;
const CONTENT_TYPE = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+(?:; ?charset=[a-z0-9-]+)?$/i;

/** Browsers run these, and the policy of our pages lets them run what comes from our own origin. */
const RUN_BY_BROWSERS = /script|css|wasm/i;

const headers = z
  .custom<Record<string, string>>(isObject, 'must be an object of header names and values')
  .superRefine((given, context) => {
    const problem = problemOf(Object.entries(given));
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({
    id: 'HookHelperHeaders',
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 1000 },
    description: 'At most 20: `Retry-After`, and names that begin with `X-`.',
    examples: [{ 'Retry-After': '60' }],
  });

/** What a Hook Helper answers, so that a sender's retries, timeouts and alerts can be tried. */
export const helperAnswer = z
  .strictObject({
    status: z.int().min(200).max(599).default(200),
    delay_seconds: z
      .number()
      .min(0)
      .max(MAX_DELAY_SECONDS)
      .default(0)
      .describe('How long it waits before it answers.'),
    headers: headers.default({}),
    content_type: text(MAX_TYPE)
      .regex(CONTENT_TYPE, 'must be a media type like text/plain')
      .refine((type) => !RUN_BY_BROWSERS.test(type), 'must not be one that browsers run')
      .default('application/json'),
    body: text(MAX_BYTES)
      .refine((body) => Buffer.byteLength(body) <= MAX_BYTES, 'must be at most 16 KB')
      .default('{"ok":true}'),
    fail_first: z
      .int()
      .min(1)
      .max(MAX_FAILURES)
      .nullable()
      .default(null)
      .describe('So many requests get this answer, and all later ones 200; null: all get it.'),
  })
  .meta({
    id: 'HookHelperAnswer',
    description: 'What a Hook Helper answers; what is left out is as at first.',
    examples: [{ status: 503, delay_seconds: 2, headers: { 'Retry-After': '60' }, fail_first: 3 }],
  });

export type HelperAnswer = z.output<typeof helperAnswer>;

/** The answer of a Hook Helper that was told nothing else. */
export const FIRST_ANSWER: HelperAnswer = helperAnswer.parse({});

function problemOf(given: [string, unknown][]): string | undefined {
  if (given.length > MAX_HEADERS) return `must be at most ${String(MAX_HEADERS)}`;
  const seen = new Set<string>();
  for (const [name, value] of given) {
    const quoted = JSON.stringify(name.slice(0, MAX_TYPE));
    if (!HEADER_NAME.test(name) || ACTED_ON.test(name)) {
      return `cannot set ${quoted}: only Retry-After, and names that begin with X-`;
    }
    if (typeof value !== 'string' || !HEADER_VALUE.test(value)) {
      return `must have for ${quoted} a text of at most 1000 printable ASCII characters`;
    }
    if (seen.has(name.toLowerCase())) return `must not hold ${quoted} twice`;
    seen.add(name.toLowerCase());
  }
  return undefined;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
