import { findPlan, type Plan } from '#src/domain/plans/plans.ts';
import type { MonthRead, ShardCount } from './message-counts.ts';
import type { Month } from './month.ts';

/**
 * A process may reserve one part in so many of what is left before it refreshes, so that several pass the limit by
 * little.
 */
const CREDIT_SHARE = 8;

/** The messages of an account in a month, as one process knows them. All counts are messages. */
export class AccountMonth {
  readonly accountId: string;
  readonly month: Month;
  plan: Plan | undefined;
  /** Committed by all processes, as far as this one knows. */
  counted = 0;
  /** Admitted by this process and not committed yet. */
  reserved = 0;
  /** The highest threshold, in per cent, whose warning is written. */
  warnedAt = 0;
  readonly #byShard = new Map<string, number>();
  #credit = 0;
  #waiting: (() => void)[] = [];

  constructor(accountId: string, month: Month) {
    this.accountId = accountId;
    this.month = month;
  }

  get remaining(): number {
    return this.plan === undefined ? 0 : Math.max(0, this.plan.messagesPerMonth - this.counted);
  }

  /** Merges what the database has, and renews the credit. */
  update({ plan, counts }: MonthRead): void {
    if (plan !== this.plan?.slug) this.warnedAt = 0;
    this.plan = plan === null ? undefined : findPlan(plan);
    for (const count of counts) this.count(count);
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

  /** Whether `more` messages fit into what this process may reserve before the next refresh. */
  isWithinCredit(more: number): boolean {
    return more <= this.#credit;
  }

  /** Returns the function that releases the reservation, once the messages are counted or will not be. */
  reserve(count: number): () => void {
    this.reserved += count;
    this.#credit -= count;
    return () => {
      this.reserved -= count;
      for (const wake of this.#waiting.splice(0)) wake();
    };
  }

  /** Resolves when the next reservation is released. */
  async reservationEnded(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
