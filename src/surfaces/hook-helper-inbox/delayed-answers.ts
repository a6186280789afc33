import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'express';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';

const MAX_OF_HELPER = FIXED_LIMITS.delayedAnswersOfHelper.max;
const MAX_OF_ACCOUNT = FIXED_LIMITS.delayedAnswersOfAccount.max;
const RETRY_AFTER_SECONDS = 5;

/** The answers that wait, in this process. They are bounded, because each holds a connection. */
export class DelayedAnswers {
  readonly #waiting = new Map<string, number>();

  /**
   * Takes a place for one answer, and answers what frees it. Throws TooManyRequests when the Hook Helper or its account
   * has none left.
   */
  take({ id, accountId }: Pick<HookHelper, 'id' | 'accountId'>): () => void {
    const ofHelper = this.#waiting.get(id) ?? 0;
    const ofAccount = this.#waiting.get(accountId) ?? 0;
    if (ofHelper >= MAX_OF_HELPER) throw refusal('This Hook Helper', MAX_OF_HELPER);
    if (ofAccount >= MAX_OF_ACCOUNT) throw refusal('The account', MAX_OF_ACCOUNT);
    for (const key of [id, accountId]) this.#add(key, 1);
    return () => {
      for (const key of [id, accountId]) this.#add(key, -1);
    };
  }

  #add(key: string, by: number): void {
    const count = (this.#waiting.get(key) ?? 0) + by;
    if (count > 0) this.#waiting.set(key, count);
    else this.#waiting.delete(key);
  }
}

const refusal = (whose: string, max: number) =>
  new TooManyRequests(`${whose} delays ${String(max)} answers already, which is the most there can be.`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

/** Waits, but no longer than the connection lives; whether it still lives. */
export async function waitWhileConnected(res: Response, ms: number): Promise<boolean> {
  if (ms === 0) return true;
  if (res.closed) return false;
  const gone = new AbortController();
  const onClose = () => {
    gone.abort();
  };
  res.once('close', onClose);
  try {
    await sleep(ms, undefined, { signal: gone.signal });
    return true;
  } catch {
    return false;
  } finally {
    res.off('close', onClose);
  }
}
