import type { Pool } from 'pg';
import type { Plan } from '#src/domain/plans/plans.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { PaymentRequired } from '#src/infra/lib/errors.ts';
import { lru } from '#src/infra/lib/lru.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { AccountMonth } from './account-month.ts';
import { readMonth, type ShardCount } from './message-counts.ts';
import { monthAt } from './month.ts';
import type { QuotaWarnings } from './quota-warnings.ts';
import { howToGetMore, withCommas } from '#src/domain/plans/upgrade.ts';

const MAX_ACCOUNTS = 50_000;
/**
 * An older reading of the shared counts is refreshed in the background; past twice this age the caller waits for it.
 */
const REFRESH_AFTER_MS = 5000;
const REFRESH_SOON_AFTER_MS = 1000;
/** Below this share of the month's messages the shorter age applies. */
const NEARLY_USED_UP_SHARE = 0.2;

interface Dependencies {
  pool: Pool;
  clock: Clock;
  logger: Logger;
  warnings: QuotaWarnings;
}

/** A cache entry: an account's month and the state of its refreshes. */
interface Known {
  usage: AccountMonth;
  /** When the last refresh began, by the monotonic clock; null before the first one and after an invalidation. */
  refreshedAtMs: number | null;
  refreshing: Promise<boolean> | undefined;
  /** Raised by each invalidation, so that a refresh that began before it is discarded. */
  generation: number;
}

/**
 * The monthly message quota of a plan. A check costs no query: the shared counts are cached, refreshed at an interval
 * and always before a refusal. One process never exceeds the limit. Several may, by what the others have reserved that
 * it could not see: each at most an eighth of what it saw left, or a batch, and samples, for at most ten seconds. So
 * near the limit posts wait for each other's commits.
 */
export class MessageQuota {
  readonly #deps: Dependencies;
  readonly #known = lru<Known>(MAX_ACCOUNTS);

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** The account's plan; undefined when the account is gone. */
  async planOf(accountId: string): Promise<Plan | undefined> {
    return (await this.#fresh(accountId)).usage.plan;
  }

  /** The account's plan when it is cached and not invalidated. */
  knownPlanOf(accountId: string): Plan | undefined {
    const known = this.#known.peek(accountId);
    return known === undefined || known.refreshedAtMs === null ? undefined : known.usage.plan;
  }

  /** The plan, and the messages used in the current month; undefined when the account is gone. */
  async stateOf(accountId: string): Promise<{ plan: Plan; used: number } | undefined> {
    const { counted, plan } = (await this.#fresh(accountId)).usage;
    return plan === undefined ? undefined : { plan, used: counted };
  }

  /**
   * Reserves `count` messages, all or none. Returns the function that releases the reservation, once the messages are
   * counted or will not be; or the refusal. `isSlow`: that takes as long as a receiver.
   */
  async reserve(
    accountId: string,
    count: number,
    { isSlow = false } = {},
  ): Promise<(() => void) | PaymentRequired> {
    for (let isFresh = false; ;) {
      const known = await this.#fresh(accountId);
      const { usage } = known;
      // The account is gone. The statement that inserts the messages reports it.
      if (usage.plan === undefined) return () => undefined;
      const isLetIn = usage.isWithinQuota(count) && usage.isWithinCredit(count, { isFresh });
      if (isLetIn) return usage.reserve(count, { isSlow });
      if (isFresh && count > usage.remaining) return overQuota(usage.plan, usage);
      // What this process has reserved is counted soon, or left to others.
      if (isFresh) await usage.reservationEnded(count);
      const wasRead = await this.#refresh(known);
      if (!wasRead && usage.isWithinQuota(count)) return usage.reserve(count, { isSlow });
      isFresh = true;
    }
  }

  /** Reserves as many of `count` messages as the quota allows. `refusal` says why the number is smaller. */
  async reserveUpTo(
    accountId: string,
    count: number,
  ): Promise<{ reserved: number; refusal: PaymentRequired | undefined; release: () => void }> {
    let refusal: PaymentRequired | undefined;
    let reserved = count;
    while (reserved > 0) {
      const answer = await this.reserve(accountId, reserved);
      if (!(answer instanceof PaymentRequired)) return { reserved, refusal, release: answer };
      refusal = answer;
      reserved = Math.min(reserved - 1, (await this.#fresh(accountId)).usage.remaining);
    }
    return { reserved: 0, refusal, release: () => undefined };
  }

  /** Merges what a flush of this process has counted. */
  record(accountId: string, count: ShardCount): void {
    const usage = this.#known.get(accountId)?.usage;
    if (usage === undefined || !isIn(usage, count.day)) return;
    usage.count(count);
    this.#deps.warnings.consider(usage);
  }

  /** Makes the next check refresh, for one account or for all. Reservations stay. */
  invalidate(accountId?: string): void {
    if (accountId === undefined) for (const known of this.#known.values()) invalidate(known);
    else invalidate(this.#known.peek(accountId));
  }

  /** Resolves when all warnings are written. */
  async stop(): Promise<void> {
    await this.#deps.warnings.drained();
  }

  /** The account's current month, refreshed when it is too old. */
  async #fresh(accountId: string): Promise<Known> {
    const { clock } = this.#deps;
    let known = this.#known.get(accountId);
    const nowMs = clock.now();
    if (known === undefined || !contains(known.usage, nowMs)) {
      const usage = new AccountMonth(accountId, monthAt(nowMs));
      known = { usage, refreshedAtMs: null, refreshing: undefined, generation: 0 };
      this.#known.set(accountId, known);
    }
    const ageMs = known.refreshedAtMs === null ? Infinity : clock.monotonicNow() - known.refreshedAtMs;
    const refreshAfterMs = isNearlyUsedUp(known.usage) ? REFRESH_SOON_AFTER_MS : REFRESH_AFTER_MS;
    if (ageMs > 2 * refreshAfterMs) await this.#refresh(known);
    else if (ageMs > refreshAfterMs) void this.#refresh(known);
    return known;
  }

  /**
   * Reads the shared counts. Concurrent calls share one read. Answers false while the database is away; the check fails
   * open then, because nothing that is admitted can be committed.
   */
  async #refresh(known: Known): Promise<boolean> {
    let wasRead = false;
    do wasRead = await (known.refreshing ??= this.#read(known));
    while (known.refreshedAtMs === null);
    return wasRead;
  }

  async #read(known: Known): Promise<boolean> {
    const { clock, logger, pool, warnings } = this.#deps;
    const { generation, usage } = known;
    const startedAtMs = clock.monotonicNow();
    usage.beginReading();
    const read = await readMonth(pool, usage.accountId, usage.month).catch((error: unknown) => {
      logger.warn({ err: error }, 'the messages of an account could not be counted');
    });
    if (known.generation !== generation) return false;
    known.refreshing = undefined;
    known.refreshedAtMs = startedAtMs;
    if (read === undefined) return false;
    usage.update(read);
    warnings.consider(usage);
    return true;
  }
}

function invalidate(known: Known | undefined): void {
  if (known === undefined) return;
  known.generation += 1;
  known.refreshedAtMs = null;
  known.refreshing = undefined;
}

function contains({ month }: AccountMonth, nowMs: number): boolean {
  return nowMs >= month.startsAtMs && nowMs < month.endsAtMs;
}

function isIn({ month }: AccountMonth, day: string): boolean {
  return day.slice(0, 7) === month.firstDay.slice(0, 7);
}

function isNearlyUsedUp({ plan, remaining }: AccountMonth): boolean {
  return plan !== undefined && remaining < plan.messagesPerMonth * NEARLY_USED_UP_SHARE;
}

function overQuota(plan: Plan, { isOfHeroku, month, remaining }: AccountMonth): PaymentRequired {
  const left = remaining === 0 ? 'All of them are used' : `${withCommas(remaining)} of them are left`;
  return new PaymentRequired(
    `The plan ${plan.slug} allows ${withCommas(plan.messagesPerMonth)} messages a month. ${left}, until the month ends ` +
      `at ${new Date(month.endsAtMs).toISOString()}. ${howToGetMore(plan, { isOfHeroku })}`,
    { code: 'message_quota' },
  );
}
