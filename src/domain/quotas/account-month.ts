import { findPlan, type Plan } from '#src/domain/plans/plans.ts';
import type { MonthRead, ShardCount } from './message-counts.ts';
import type { Month } from './month.ts';

/**
 * A process may have reserved one part in so many of what it saw left, of which the others do not know yet, so that
 * several pass the limit by little.
 */
const CREDIT_SHARE = 8;

/** The messages of an account in a month, as one process knows them. All counts are messages. */
export class AccountMonth {
  readonly accountId: string;
  readonly month: Month;
  plan: Plan | undefined;
  /** Whether the account is an add-on. */
  isOfHeroku = false;
  /** Committed by all processes, as far as this one knows. */
  counted = 0;
  /** Admitted by this process and not committed yet. */
  reserved = 0;
  /** Of those the samples, which are under way for as long as a receiver takes. */
  #slow = 0;
  /** The highest threshold, in per cent, whose warning is written. */
  warnedAt = 0;
  readonly #byShard = new Map<string, number>();
  /** What the other processes may not know of: reserved when the last reading began, and since. Without samples. */
  #unseen = 0;
  #unseenOfReading = 0;
  #credit = 0;
  #waiting: (() => void)[] = [];

  constructor(accountId: string, month: Month) {
    this.accountId = accountId;
    this.month = month;
  }

  get remaining(): number {
    return this.plan === undefined ? 0 : Math.max(0, this.plan.messagesPerMonth - this.counted);
  }

  /** To be called before the database is read. */
  beginReading(): void {
    this.#unseenOfReading = this.reserved - this.#slow;
  }

  /** Merges what the database has, and renews the credit. */
  update({ plan, isOfHeroku, counts }: MonthRead): void {
    if (plan !== this.plan?.slug) this.warnedAt = 0;
    this.plan = plan === null ? undefined : findPlan(plan);
    this.isOfHeroku = isOfHeroku;
    for (const count of counts) this.count(count);
    this.#unseen = this.#unseenOfReading;
    this.#credit = Math.max(1, Math.floor(this.remaining / CREDIT_SHARE));
  }

  /** Merges the count of one shard. An older reading of the shard changes nothing. */
  count({ day, shard, messages }: ShardCount): void {
    const key = `${day}/${String(shard)}`;
    const known = this.#byShard.get(key) ?? 0;
    if (messages <= known) return;
    this.#byShard.set(key, messages);
    this.counted += messages - known;
  }

  /** Whether `more` messages fit beside those that are counted or reserved. */
  isWithinQuota(more: number): boolean {
    return this.reserved + more <= this.remaining;
  }

  /**
   * Whether `more` messages fit into what this process may reserve before the next refresh. After a refresh a batch may
   * be larger than what is left of that, because it would never fit otherwise.
   */
  isWithinCredit(more: number, { isFresh }: { isFresh: boolean }): boolean {
    const left = this.#credit - this.#unseen;
    return more <= left || (isFresh && left > 0);
  }

  /**
   * Returns the function that releases the reservation, once the messages are counted or will not be. A slow one takes
   * no credit, because posts would wait for it.
   */
  reserve(count: number, { isSlow }: { isSlow: boolean }): () => void {
    this.reserved += count;
    if (isSlow) this.#slow += count;
    else {
      this.#unseen += count;
      this.#unseenOfReading += count;
    }
    return () => {
      this.reserved -= count;
      if (isSlow) this.#slow -= count;
      for (const wake of this.#waiting.splice(0)) wake();
    };
  }

  /** Resolves when a reservation is released that `more` messages may wait for; at once when there is none. */
  async reservationEnded(more: number): Promise<void> {
    const isHeld = this.isWithinQuota(more) ? this.reserved > this.#slow : this.reserved > 0;
    if (isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
