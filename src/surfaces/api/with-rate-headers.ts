import type { Plan } from '#src/domain/plans/plans.ts';
import type { Container } from '#src/container.ts';
import type { RateState } from '#src/domain/quotas/token-bucket.ts';
import type { Call } from './call.ts';
import type { AnswerShape, Operation } from './operation.ts';

export const USED_UP = 'The month’s messages are used up; `message` says how to get more.';

/** Adds the rate limit headers of posts. The unit is the message, because one request may post a batch of messages. */
export function withRateHeaders(
  { publishRate, quota }: Pick<Container, 'publishRate' | 'quota'>,
  operation: Operation,
): Operation {
  const stateOf = (accountId: string, plan: Plan | undefined) => plan && publishRate.stateOf(accountId, plan);
  return withHeaders(operation, {
    unit: 'messages',
    errors: {
      402: USED_UP,
      429: 'The messages come faster than the plan allows. Nothing was taken: wait for the seconds in `Retry-After`.',
    },
    state: (accountId) => {
      // The plan is in memory once the account has posted a message, which saves the hot path a promise.
      const plan = quota.knownPlanOf(accountId);
      if (plan !== undefined) return stateOf(accountId, plan);
      return quota.planOf(accountId).then(
        (read) => stateOf(accountId, read),
        () => undefined,
      );
    },
  });
}

/** Adds the rate limit headers of endpoint tests. */
export function withSampleRateHeaders(
  { sampleRate }: Pick<Container, 'sampleRate'>,
  operation: Operation,
): Operation {
  return withHeaders(operation, {
    unit: 'tests',
    errors: {
      429: 'The tests come faster than 60 a minute, or several are under way. Nothing was sent: wait for the seconds in `Retry-After`.',
    },
    state: (accountId) => sampleRate.stateOf(accountId),
  });
}

interface Rated {
  unit: 'messages' | 'tests';
  errors: Record<number, string>;
  /** The token bucket's state; undefined when the account's plan is unknown. */
  state: (accountId: string) => RateState | undefined | Promise<RateState | undefined>;
}

/** Sets the headers of draft-ietf-httpapi-ratelimit-headers-11 on every answer of `operation`, also on refusals. */
function withHeaders(operation: Operation, { unit, errors, state }: Rated): Operation {
  const headers = {
    'RateLimit-Policy': `How many ${unit} (\`q\`) may be sent in how many seconds (\`w\`).`,
    RateLimit: 'How many may be sent now (`r`), and after how many seconds all of them (`t`).',
  };
  return {
    ...operation,
    answers: Object.fromEntries(
      Object.entries(operation.answers).map(([status, answer]): [string, AnswerShape] => [
        status,
        { ...answer, headers: { ...answer.headers, ...headers } },
      ]),
    ),
    errors: { ...operation.errors, ...errors },
    refusalHeaders: headers,
    answer: async (call, guard) => {
      try {
        return await operation.answer(call, guard);
      } finally {
        const found = state(call.accountId);
        const now = found instanceof Promise ? await found : found;
        if (now !== undefined) setHeaders(call, unit, now);
      }
    },
  };
}

function setHeaders(call: Call, unit: string, { limit, windowSeconds, remaining, resetSeconds }: RateState) {
  call.setHeader('ratelimit-policy', `"${unit}";q=${String(limit)};w=${String(windowSeconds)}`);
  call.setHeader('ratelimit', `"${unit}";r=${String(remaining)};t=${String(resetSeconds)}`);
}
