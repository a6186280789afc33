import type { Container } from '../container.ts';
import type { RateState } from '../quotas/publish-rate.ts';
import type { Call } from './call.ts';
import type { AnswerShape, Operation } from './operation.ts';

const HEADERS = {
  'RateLimit-Policy': 'How many messages (`q`) may be sent in how many seconds (`w`).',
  RateLimit: 'How many may be sent now (`r`), and after how many seconds all of them (`t`).',
};

const ERRORS = {
  402: 'The month’s messages are used up; `message` says how to get more.',
  429: 'The messages come faster than the plan allows. Nothing was taken: wait for the seconds in `Retry-After`.',
};

/**
 * Says on every answer of `operation`, also a refusal, how fast messages may be posted and how many may be posted now:
 * draft-ietf-httpapi-ratelimit-headers-11. Its unit is the message, of which a batch has many.
 */
export function withRateHeaders({ publishRate, quota }: Container, operation: Operation): Operation {
  return {
    ...operation,
    answers: Object.fromEntries(
      Object.entries(operation.answers).map(([status, answer]): [string, AnswerShape] => [
        status,
        { ...answer, headers: { ...answer.headers, ...HEADERS } },
      ]),
    ),
    errors: { ...operation.errors, ...ERRORS },
    refusalHeaders: HEADERS,
    answer: async (call, guard) => {
      try {
        return await operation.answer(call, guard);
      } finally {
        // Known as soon as one message was let in: then it costs no promise on the hot path.
        const plan =
          quota.knownPlanOf(call.accountId) ?? (await quota.planOf(call.accountId).catch(() => undefined));
        if (plan !== undefined) setHeaders(call, publishRate.stateOf(call.accountId, plan));
      }
    },
  };
}

function setHeaders(call: Call, { limit, windowSeconds, remaining, resetSeconds }: RateState): void {
  call.setHeader('ratelimit-policy', `"messages";q=${String(limit)};w=${String(windowSeconds)}`);
  call.setHeader('ratelimit', `"messages";r=${String(remaining)};t=${String(resetSeconds)}`);
}
