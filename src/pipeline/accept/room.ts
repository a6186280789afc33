import { Unavailable } from '#src/infra/lib/errors.ts';

/** How much waits for the database. */
export interface PendingLoad {
  messages: number;
  bytes: number;
}

const NOTHING: PendingLoad = { messages: 0, bytes: 0 };
const sum = (one: PendingLoad, other: PendingLoad): PendingLoad => ({
  messages: one.messages + other.messages,
  bytes: one.bytes + other.bytes,
});

/**
 * Backpressure: when so much waits for the database, further messages are refused, before memory grows. An account may
 * have half of what the others leave, so that one that sends too much does not have the others refused.
 */
const MAX_PENDING = 10_000;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** The room of a process for messages that wait for the database, shared between accounts. */
export class Room {
  #waiting = NOTHING;
  readonly #waitingOf = new Map<string, PendingLoad>();

  /**
   * Reserves room for messages of the account, all or none. Answers the function that gives it back. Throws Unavailable
   * when too much waits.
   */
  reserve(accountId: string, load: PendingLoad): () => void {
    const own = this.#waitingOf.get(accountId) ?? NOTHING;
    const hasCapacity =
      own.messages + load.messages <= (MAX_PENDING - (this.#waiting.messages - own.messages)) / 2 &&
      own.bytes <= (MAX_PENDING_BYTES - (this.#waiting.bytes - own.bytes)) / 2;
    if (!hasCapacity) {
      throw tooFast();
    }
    this.#count(accountId, load);
    return () => {
      this.#count(accountId, { messages: -load.messages, bytes: -load.bytes });
    };
  }

  #count(accountId: string, by: PendingLoad): void {
    const own = sum(this.#waitingOf.get(accountId) ?? NOTHING, by);
    this.#waiting = sum(this.#waiting, by);
    if (own.messages === 0) this.#waitingOf.delete(accountId);
    else this.#waitingOf.set(accountId, own);
  }
}

/** The refusal of a message that came faster than messages can be taken. */
export const tooFast = () =>
  new Unavailable('We are taking messages as fast as we can. Try again in a second.', {
    retryAfterSeconds: 1,
  });
