import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { Plan } from '#src/domain/plans/plans.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { PaymentRequired } from '#src/infra/lib/errors.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { AccountMonth } from './account-month.ts';
import { readMonth, type ShardCount } from './message-counts.ts';
import { monthAt } from './month.ts';
import type { QuotaWarnings } from './quota-warnings.ts';
import { howToGetMore, withCommas } from '#src/domain/plans/upgrade.ts';

const MAX_ACCOUNTS = 50_000;
/** How old a look at the counts of all processes may be; less when little is left. */
const LOOK_EVERY_MS = 5000;
const LOOK_OFTEN_MS = 1000;
/** Little: less than this share of the month's messages. */
const LITTLE_LEFT = 0.2;

interface Dependencies {
  pool: Pool;
  clock: Clock;
  logger: Logger;
  warnings: QuotaWarnings;
}

interface Known {
  usage: AccountMonth;
  /** When the last look began, by the clock that never jumps; null before the first, and when it cannot be trusted. */
  lookedAtMs: number | null;
  looking: Promise<void> | undefined;
  /** Raised when what is known, or is just being read, cannot be trusted any more. */
  epoch: number;
}

/**
 * The messages of a month that a plan allows. Asked in memory: what all processes have counted is read from time to time,
 * and always before one is refused. The messages of one process never pass the limit. Those of several may, by what the
 * others let in since their last look: each at most an eighth of what it saw left, and at most for twice five seconds.
 */
export class MessageQuota {
  readonly #deps: Dependencies;
  readonly #known = new LRUCache<string, Known>({ max: MAX_ACCOUNTS });

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** The account's plan; undefined when the account is gone. */
  async planOf(accountId: string): Promise<Plan | undefined> {
    return (await this.#usable(accountId)).usage.plan;
  }

  /** The account's plan, if it is known without asking anybody. */
  knownPlanOf(accountId: string): Plan | undefined {
    const known = this.#known.peek(accountId);
    return known === undefined || known.lookedAtMs === null ? undefined : known.usage.plan;
  }

  /** What is known of the present month; undefined when the account is gone. */
  async stateOf(accountId: string): Promise<{ plan: Plan; used: number } | undefined> {
    const { counted, plan } = (await this.#usable(accountId)).usage;
    return plan === undefined ? undefined : { plan, used: counted };
  }

  /**
   * Keeps places for `count` messages, all or none. Answers what gives the places back when the messages are counted or
   * will not be; or why there are none.
   */
  async reserve(accountId: string, count: number): Promise<(() => void) | PaymentRequired> {
    let known = await this.#usable(accountId);
    let isFresh = false;
    for (;;) {
      const { usage } = known;
      // The account is gone. Whatever is next to look at it says so.
      if (usage.plan === undefined) return () => undefined;
      if (usage.hasRoomFor(count) && (isFresh || usage.hasCreditFor(count))) return usage.reserve(count);
      if (isFresh && count > usage.remaining) return overQuota(usage.plan, usage);
      if (isFresh) {
        // What is under way decides: it is counted, or its places are given back.
        await usage.somethingSettled();
        known = await this.#usable(accountId);
      } else {
        await this.#look(known);
        isFresh = true;
      }
    }
  }

  /** Keeps places for as many of `count` messages as there are places for; when for fewer, `refusal` says why. */
  async reserveUpTo(
    accountId: string,
    count: number,
  ): Promise<{ places: number; refusal: PaymentRequired | undefined; giveBack: () => void }> {
    let refusal: PaymentRequired | undefined;
    let places = count;
    while (places > 0) {
      const reserved = await this.reserve(accountId, places);
      if (!(reserved instanceof PaymentRequired)) return { places, refusal, giveBack: reserved };
      refusal = reserved;
      places = Math.min(places - 1, (await this.#usable(accountId)).usage.remaining);
    }
    return { places: 0, refusal, giveBack: () => undefined };
  }

  /** Takes over what a flush of this process has counted. */
  record(accountId: string, count: ShardCount): void {
    const usage = this.#known.get(accountId)?.usage;
    if (usage === undefined || !isIn(usage, count.day)) return;
    usage.count(count);
    this.#deps.warnings.consider(usage);
  }

  /** Drops what is known of an account whose plan changed, or of all; what is under way stays known. */
  invalidate(accountId?: string): void {
    if (accountId === undefined) for (const known of this.#known.values()) distrust(known);
    else distrust(this.#known.peek(accountId));
  }

  /** Resolves when all that is known is said. */
  async stop(): Promise<void> {
    await this.#deps.warnings.drained();
  }

  /** What is known of the account's present month, not older than it may be. */
  async #usable(accountId: string): Promise<Known> {
    const { clock } = this.#deps;
    let known = this.#known.get(accountId);
    const nowMs = clock.now();
    if (known === undefined || !contains(known.usage, nowMs)) {
      const usage = new AccountMonth(accountId, monthAt(nowMs));
      known = { usage, lookedAtMs: null, looking: undefined, epoch: 0 };
      this.#known.set(accountId, known);
    }
    const age = known.lookedAtMs === null ? Infinity : clock.monotonicNow() - known.lookedAtMs;
    const mayBe = isNearlyUsedUp(known.usage) ? LOOK_OFTEN_MS : LOOK_EVERY_MS;
    if (age > 2 * mayBe) await this.#look(known);
    else if (age > mayBe) void this.#look(known);
    return known;
  }

  /**
   * Reads what all processes have counted; calls at the same time share a look. While the database is away it fails open:
   * what is let in cannot be committed either, and the flush says so.
   */
  async #look(known: Known): Promise<void> {
    do await (known.looking ??= this.#read(known));
    while (known.lookedAtMs === null);
  }

  async #read(known: Known): Promise<void> {
    const { clock, logger, pool, warnings } = this.#deps;
    const { epoch, usage } = known;
    const startedAtMs = clock.monotonicNow();
    const read = await readMonth(pool, usage.accountId, usage.month).catch((error: unknown) => {
      logger.warn({ err: error }, 'the messages of an account could not be counted');
    });
    if (known.epoch !== epoch) return;
    known.looking = undefined;
    known.lookedAtMs = startedAtMs;
    if (read === undefined) return;
    usage.update(read);
    warnings.consider(usage);
  }
}

function distrust(known: Known | undefined): void {
  if (known === undefined) return;
  known.epoch += 1;
  known.lookedAtMs = null;
  known.looking = undefined;
}

function contains({ month }: AccountMonth, nowMs: number): boolean {
  return nowMs >= month.startsAtMs && nowMs < month.endsAtMs;
}

function isIn({ month }: AccountMonth, day: string): boolean {
  return day.slice(0, 7) === month.firstDay.slice(0, 7);
}

function isNearlyUsedUp({ plan, remaining }: AccountMonth): boolean {
  return plan !== undefined && remaining < plan.messagesPerMonth * LITTLE_LEFT;
}

function overQuota(plan: Plan, { month, remaining }: AccountMonth): PaymentRequired {
  const left = remaining === 0 ? 'All of them are used' : `${withCommas(remaining)} of them are left`;
  return new PaymentRequired(
    `The plan ${plan.slug} allows ${withCommas(plan.messagesPerMonth)} messages a month. ${left}, until the month ends ` +
      `at ${new Date(month.endsAtMs).toISOString()}. ${howToGetMore(plan)}`,
    { code: 'message_quota' },
  );
}
