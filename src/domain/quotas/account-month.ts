import { findPlan, type Plan } from '#src/domain/plans/plans.ts';
import type { MonthRead, ShardCount } from './message-counts.ts';
import type { Month } from './month.ts';

/** Of what is left, the share that a process may take before it looks again: so few processes pass the limit, and by little. */
const CREDIT_SHARE = 8;

/** What a process knows of an account's messages in a month. */
export class AccountMonth {
  readonly accountId: string;
  readonly month: Month;
  plan: Plan | undefined;
  /** By all processes, as far as is known here. */
  counted = 0;
  /** Let in by this process, and not committed yet. */
  reserved = 0;
  /** Highest threshold of a warning that this process has seen to. */
  warnedAt = 0;
  readonly #bySlot = new Map<string, number>();
  #credit = 0;
  #waiting: (() => void)[] = [];

  constructor(accountId: string, month: Month) {
    this.accountId = accountId;
    this.month = month;
  }

  get remaining(): number {
    return this.plan === undefined ? 0 : Math.max(0, this.plan.messagesPerMonth - this.counted);
  }

  /** Takes over what the database says. */
  update({ plan, counts }: MonthRead): void {
    if (plan !== this.plan?.slug) this.warnedAt = 0;
    this.plan = plan === null ? undefined : findPlan(plan);
    for (const count of counts) this.count(count);
    this.#credit = Math.max(1, Math.floor(this.remaining / CREDIT_SHARE));
  }

  /** Takes over what one shard has counted; an older reading of it changes nothing. */
  count({ day, shard, messages }: ShardCount): void {
    const key = `${day}/${String(shard)}`;
    const known = this.#bySlot.get(key) ?? 0;
    if (messages <= known) return;
    this.#bySlot.set(key, messages);
    this.counted += messages - known;
  }

  /** Whether `more` fit beside all that is counted and under way. */
  hasRoomFor(more: number): boolean {
    return this.reserved + more <= this.remaining;
  }

  /** Whether so few were let in since the last look that it still holds. */
  hasCreditFor(more: number): boolean {
    return more <= this.#credit;
  }

  /** Answers what gives the place back; once the messages are counted, or will not be. */
  reserve(count: number): () => void {
    this.reserved += count;
    this.#credit -= count;
    return () => {
      this.reserved -= count;
      for (const wake of this.#waiting.splice(0)) wake();
    };
  }

  /** Resolves when something that is under way is counted, or given back. */
  async somethingSettled(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
