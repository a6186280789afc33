import { createHash } from 'node:crypto';
import {
  type IdempotentRequests,
  type KeptAnswer,
  reused,
} from '#src/domain/idempotency/idempotent-requests.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { invalid } from '#src/infra/lib/unknown-members.ts';
import type { AnswerShape, Operation } from './operation.ts';

const HEADER = 'idempotency-key';
const KEY = /^[\x20-\x7e]{1,255}$/;
/** The header of a repeated answer, as the API's description shows it. */
const REPLAYED_HEADER = { 'Idempotent-Replayed': '`true`: this is the answer that was given before.' };
const REPLAYED = { 'idempotent-replayed': 'true' };

/**
 * `operation`, executed once for each `Idempotency-Key`: a repeated request gets the first answer again. A refusal
 * releases the key, because nothing was executed and its cause may be removed. Without the header nothing is asked of
 * the database. Throws InvalidInput for a key of another form, Conflict while the first request is under way.
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
        const { answer, isReplayed } = await requests.once(request, () => keepAnswer(call, act));
        if (!isReplayed) return answer;
        await compareStream(call, answer);
        return { ...answer, headers: { ...answer.headers, ...REPLAYED } };
      });
    },
  };
}

/**
 * The answer with the hash of a streamed body, with which a repeated request is compared. It exists once the whole body
 * was read.
 */
async function keepAnswer(call: Call, act: () => Promise<Answer>): Promise<KeptAnswer> {
  const answer = await act();
  return call.streamed === undefined ? answer : { ...answer, streamed: call.streamed };
}

/** Reads the streamed body of a repeated request to its end. Throws InvalidInput when it is not the first one's. */
async function compareStream(call: Call, { streamed }: KeptAnswer): Promise<void> {
  if (streamed === undefined) return;
  for await (const _ of call.stream());
  if (call.streamed !== streamed) throw reused();
}

/**
 * SHA-256 of all that makes two requests the same. The scopes are a part of it, because an answer may hold API keys and
 * a weaker caller must not read one. Another key of the account with the same scopes gets the answer, as after a
 * rotation.
 */
function fingerprintOf(call: Call): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([call.method, call.path, String(call.query), call.caller.scopes.toSorted()]))
    .update(call.sent)
    .digest();
}
