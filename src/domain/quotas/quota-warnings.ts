import type { Pool, PoolClient } from 'pg';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { AccountMonth } from './account-month.ts';
import { planToUpgradeTo } from '#src/domain/plans/upgrade.ts';

/** Per cent of the month's messages. */
export const THRESHOLDS = [50, 80, 100] as const;
export type Threshold = (typeof THRESHOLDS)[number];

export interface QuotaWarningMail {
  accountId: string;
  to: 'admins';
  template: 'quota-warning';
  data: {
    threshold: Threshold;
    plan: string;
    limit: number;
    used: number;
    monthEndsAt: Date;
    /** Null on the largest plan. */
    upgradeTo: string | null;
    usageUrl: string;
  };
}

interface Dependencies {
  pool: Pool;
  logger: Logger;
  mailer: { enqueue: (client: PoolClient, mail: QuotaWarningMail) => Promise<void> };
  announcements: Announcements;
  baseUrl: string;
}

/** Mails an account's admins once at each threshold of its monthly quota, by the process that reaches it first. */
export class QuotaWarnings {
  readonly #deps: Dependencies;
  readonly #underWay = new Map<AccountMonth, Promise<void>>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Warns when a new threshold is reached. Called with every count, so the usual case is one comparison. */
  consider(usage: AccountMonth): void {
    const reached = thresholdReached(usage);
    if (reached === null || reached <= usage.warnedAt || this.#underWay.has(usage)) return;
    const warning = this.#warn(usage, reached).then((isDone) => {
      this.#underWay.delete(usage);
      // A threshold reached meanwhile may have no later count to report it.
      if (isDone) this.consider(usage);
    });
    this.#underWay.set(usage, warning);
  }

  /** Resolves when no warning is under way. */
  async drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  /** Returns whether the warning is written. A failed one is retried with the next count. */
  async #warn(usage: AccountMonth, reached: Threshold): Promise<boolean> {
    const { logger, mailer, pool } = this.#deps;
    const mail = this.#mailFor(usage, reached);
    if (mail === null) return false;
    try {
      await transaction(pool, async (client) => {
        const isFirst = await note(client, usage, mail.data);
        if (!isFirst) return;
        await mailer.enqueue(client, mail);
        await this.#announce(client, mail);
      });
      if (usage.plan?.slug !== mail.data.plan) return false;
      usage.warnedAt = reached;
      return true;
    } catch (error) {
      logger.warn({ err: error }, 'a quota warning could not be queued; retrying with the next count');
      return false;
    }
  }

  async #announce(client: PoolClient, { accountId, data }: QuotaWarningMail): Promise<void> {
    const { announcements } = this.#deps;
    if (!(await announcements.isHeard(client, accountId, 'usage.threshold'))) return;
    const { plan, limit, used, threshold: percent, monthEndsAt } = data;
    const usage = { plan, limit, used, percent, resets_at: monthEndsAt.toISOString() };
    await announcements.announce(client, { accountId, type: 'usage.threshold', data: usage });
  }

  #mailFor({ accountId, counted, month, plan }: AccountMonth, threshold: Threshold): QuotaWarningMail | null {
    if (plan === undefined) return null;
    const data = {
      threshold,
      plan: plan.slug,
      limit: plan.messagesPerMonth,
      used: counted,
      monthEndsAt: new Date(month.endsAtMs),
      upgradeTo: planToUpgradeTo(plan),
      usageUrl: `${this.#deps.baseUrl}/settings/usage`,
    };
    return { accountId, to: 'admins', template: 'quota-warning', data };
  }
}

/** The highest threshold that the count has reached; null below the first. */
function thresholdReached({ counted, plan }: Pick<AccountMonth, 'counted' | 'plan'>): Threshold | null {
  if (plan === undefined) return null;
  return THRESHOLDS.findLast((threshold) => counted * 100 >= plan.messagesPerMonth * threshold) ?? null;
}

/**
 * Records this threshold and those below it, which need no warning any more. Returns whether this call was the first.
 * A concurrent call waits here for the commit of the first one.
 */
async function note(
  client: PoolClient,
  { accountId, month }: AccountMonth,
  { plan, threshold }: QuotaWarningMail['data'],
): Promise<boolean> {
  const { rows } = await client.query<{ threshold: number }>(
    `insert into usage_warnings (account_id, month, plan, threshold)
     select $1, $2, $3, threshold from unnest($4::smallint[]) as threshold
     on conflict do nothing returning threshold`,
    [accountId, month.firstDay, plan, THRESHOLDS.filter((other) => other <= threshold).toReversed()],
  );
  return rows.some((row) => row.threshold === threshold);
}
