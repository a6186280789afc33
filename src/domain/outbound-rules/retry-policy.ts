import { z } from 'zod';

const WEEK_SECONDS = 7 * 24 * 3600;
const MAX_CODES = 10;
const MAX_CODE_LENGTH = 7;

/** `503`, `!503`, `500-599`, `>=500`; as Hookdeck writes them. */
const STATUS_TEST = /^(?:!?[2-5]\d\d|(?:>=|<=|>|<|=)[2-5]\d\d|[2-5]\d\d-[2-5]\d\d)$/;
const FIRST_STATUS = 200;
const LAST_STATUS = 599;

const statusTest = z
  .string()
  .max(MAX_CODE_LENGTH)
  .regex(STATUS_TEST, { error: 'must be like 503, !501, >=500 or 500-599', abort: true })
  .refine(holdsForAny, 'must hold for a status from 200 to 599');

export const retryPolicy = z
  .strictObject({
    strategy: z.enum(['exponential', 'linear']).describe('Whether the gap doubles after each attempt.'),
    interval_seconds: z.number().min(1).max(WEEK_SECONDS).describe('The first gap.'),
    count: z.int().min(0).max(50).describe('How many attempts follow on the first.'),
    max_interval_seconds: z
      .number()
      .min(1)
      .max(WEEK_SECONDS)
      .optional()
      .describe('No gap is longer than this.'),
    response_status_codes: z
      .array(statusTest)
      .min(1)
      .max(MAX_CODES)
      .optional()
      .describe('Which answers are retried; others end the delivery. Network errors always are.'),
    window_seconds: z
      .number()
      .min(1)
      .max(WEEK_SECONDS)
      .optional()
      .describe('No retry is planned for later than this after the first attempt.'),
  })
  .meta({
    id: 'RetryPolicy',
    description: 'When a failed attempt is made again.',
    examples: [{ strategy: 'exponential', interval_seconds: 60, count: 4, response_status_codes: ['>=500'] }],
  });

export type RetryPolicy = z.output<typeof retryPolicy>;

/** When attempts are made again, as sending needs it. */
export interface RetrySchedule {
  /** Seconds before each further attempt. */
  delaysSeconds: readonly number[];
  /** Whether an answer that is no success is retried. */
  retries: (statusCode: number) => boolean;
}

const anyStatus = () => true;

export const scheduleOf = (delaysSeconds: readonly number[]): RetrySchedule => ({
  delaysSeconds,
  retries: anyStatus,
});

/**
 * The schedule of a policy. The window is counted by the planned gaps, because a replay begins anew and nobody keeps
 * when a delivery was first attempted.
 */
export function compileRetryPolicy(policy: RetryPolicy): RetrySchedule {
  const { strategy, interval_seconds: interval, count, max_interval_seconds: longest = Infinity } = policy;
  const { window_seconds: window = WEEK_SECONDS, response_status_codes: codes } = policy;
  const delaysSeconds: number[] = [];
  let passed = 0;
  for (let retry = 0; retry < count; retry += 1) {
    const gap = Math.min(longest, strategy === 'linear' ? interval : interval * 2 ** retry);
    passed += gap;
    if (passed > window) break;
    delaysSeconds.push(gap);
  }
  return { delaysSeconds, retries: codes === undefined ? anyStatus : retriesBy(codes) };
}

/** Exclusions subtract from the other tests; without others they subtract from every answer that is no success. */
function retriesBy(codes: string[]): (statusCode: number) => boolean {
  const excluded = new Set(codes.flatMap((code) => (code.startsWith('!') ? [Number(code.slice(1))] : [])));
  const tests = codes.filter((code) => !code.startsWith('!')).map(testOf);
  return (statusCode) =>
    !excluded.has(statusCode) && (tests.length === 0 || tests.some((holds) => holds(statusCode)));
}

function holdsForAny(code: string): boolean {
  if (code.startsWith('!')) return true;
  const holds = testOf(code);
  return Array.from({ length: LAST_STATUS - FIRST_STATUS + 1 }, (_, index) => FIRST_STATUS + index).some(
    holds,
  );
}

function testOf(code: string): (statusCode: number) => boolean {
  const [from, to] = code.split('-').map(Number);
  if (from !== undefined && to !== undefined) return (status) => status >= from && status <= to;
  const operator = /^\D*/.exec(code)?.[0] ?? '';
  const bound = Number(code.slice(operator.length));
  switch (operator) {
    case '>':
      return (status) => status > bound;
    case '>=':
      return (status) => status >= bound;
    case '<':
      return (status) => status < bound;
    case '<=':
      return (status) => status <= bound;
    default:
      return (status) => status === bound;
  }
}
