import type { Plan } from '#src/domain/plans/plans.ts';
import type { Container } from '#src/container.ts';
import type { RateState } from '#src/domain/quotas/publish-rate.ts';
import type { Call } from './call.ts';
import type { AnswerShape, Operation } from './operation.ts';

/** Says how fast messages may be posted, and how many may be posted now. Its unit is the message, of which a batch has many. */
export function withRateHeaders({ publishRate, quota }: Container, operation: Operation): Operation {
  const stateOf = (accountId: string, plan: Plan | undefined) => plan && publishRate.stateOf(accountId, plan);
  return withHeaders(operation, {
    unit: 'messages',
    errors: {
      402: 'The month’s messages are used up; `message` says how to get more.',
      429: 'The messages come faster than the plan allows. Nothing was taken: wait for the seconds in `Retry-After`.',
    },
    state: (accountId) => {
      // Known as soon as one message was let in: then it costs no promise on the hot path.
      const plan = quota.knownPlanOf(accountId);
      if (plan !== undefined) return stateOf(accountId, plan);
      return quota.planOf(accountId).then(
        (read) => stateOf(accountId, read),
        () => undefined,
      );
    },
  });
}

/** The same of tests. */
export function withSampleRateHeaders({ sampleRate: testRate }: Container, operation: Operation): Operation {
  return withHeaders(operation, {
    unit: 'tests',
    errors: {
      429: 'The tests come faster than 60 a minute, or several are under way. Nothing was sent: wait for the seconds in `Retry-After`.',
    },
    state: (accountId) => testRate.stateOf(accountId),
  });
}

interface Rated {
  unit: 'messages' | 'tests';
  errors: Record<number, string>;
  /** Undefined when it is not known now. */
  state: (accountId: string) => RateState | undefined | Promise<RateState | undefined>;
}

/** On every answer of `operation`, also a refusal: draft-ietf-httpapi-ratelimit-headers-11. */
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
