import { createHash } from 'node:crypto';
import {
  type IdempotentRequests,
  type KeptAnswer,
  reused,
} from '#src/domain/idempotency/idempotent-requests.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { refusalOf } from './errors.ts';
import { invalid } from './input.ts';
import type { AnswerShape, Operation } from './operation.ts';

const HEADER = 'idempotency-key';
const KEY = /^[\x20-\x7e]{1,255}$/;
/** What the description says of it; also of the refusals that are kept. */
export const REPLAYED_HEADER = { 'Idempotent-Replayed': '`true`: this is the answer that was given before.' };
const REPLAYED = { 'idempotent-replayed': 'true' };

/**
 * With the header `Idempotency-Key`, `operation` is executed once: repeated, it gives its first answer again. Without, it
 * costs nothing. Refusals before it acts (of the key, the scope, the body) are not kept: they are the same again.
 */
export function withIdempotency(requests: IdempotentRequests, operation: Operation): Operation {
  return {
    ...operation,
    isIdempotent: true,
    answers: Object.fromEntries(
      Object.entries(operation.answers).map(([status, answer]): [string, AnswerShape] => [
        status,
        { ...answer, headers: { ...REPLAYED_HEADER, ...answer.headers } },
      ]),
    ),
    answer: async (call) => {
      const key = call.header(HEADER);
      if (key === undefined) return operation.answer(call);
      if (!KEY.test(key)) {
        throw invalid([{ path: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters' }]);
      }
      return operation.answer(call, async (act) => {
        const request = { accountId: call.accountId, key, fingerprint: fingerprintOf(call) };
        const settle =
          operation.body?.isStream === true ? () => settledStream(call, act) : () => settled(act);
        const { answer, isReplayed } = await requests.once(request, settle);
        if (!isReplayed) return answer;
        await compareStream(call, answer);
        return { ...answer, headers: { ...answer.headers, ...REPLAYED } };
      });
    },
  };
}

/** What a stream was is known at its end: a refusal before that is not kept, because it says nothing about another body. */
async function settledStream(call: Call, act: () => Promise<Answer>): Promise<KeptAnswer> {
  const answer = await act();
  return call.streamed === undefined ? answer : { ...answer, streamed: call.streamed };
}

/** Reads the whole of the stream that came with the same key: another body is another request. */
async function compareStream(call: Call, { streamed }: KeptAnswer): Promise<void> {
  if (streamed === undefined) return;
  for await (const _ of call.stream());
  if (call.streamed !== streamed) throw reused();
}

/** A refusal is an answer, too, unless another try may do better: those are thrown on, and kept nowhere. */
async function settled(act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await act();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined || refusal.status >= 500 || PASSING.has(refusal.status)) throw error;
    return refusal;
  }
}

/** The month's messages are used up, or they come too fast. */
const PASSING = new Set([402, 429]);

/**
 * The scopes are part of it, because answers may hold keys: nobody gets one that could not have been made. The account's
 * other keys with the same scopes get the answer, as after a rotation.
 */
function fingerprintOf(call: Call): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([call.method, call.path, String(call.query), call.caller.scopes.toSorted()]))
    .update(call.sent)
    .digest();
}
