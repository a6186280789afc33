import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { AccountMonth } from './account-month.ts';
import { planToUpgradeTo } from '#src/domain/plans/upgrade.ts';

/** Per cent of a month's messages. */
export const THRESHOLDS = [50, 80, 100] as const;
export type Threshold = (typeof THRESHOLDS)[number];

/** The mail that a warning sends. */
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
  baseUrl: string;
}

/** Warns an account before its messages are used up: once at each threshold, whichever process sees it first. */
export class QuotaWarnings {
  readonly #deps: Dependencies;
  readonly #underWay = new Map<AccountMonth, Promise<void>>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Warns if there is something to warn of. Called with every count: costs a comparison at most times. */
  consider(usage: AccountMonth): void {
    const reached = thresholdReached(usage);
    if (reached === null || reached <= usage.warnedAt || this.#underWay.has(usage)) return;
    const warning = this.#warn(usage, reached).then((isDone) => {
      this.#underWay.delete(usage);
      // What was reached meanwhile may have been the last that is let in.
      if (isDone) this.consider(usage);
    });
    this.#underWay.set(usage, warning);
  }

  /** Resolves when no warning is under way. */
  async drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  /** One that fails is tried again with the next count. Answers whether this one was seen to. */
  async #warn(usage: AccountMonth, reached: Threshold): Promise<boolean> {
    const { logger, mailer, pool } = this.#deps;
    const mail = this.#mailFor(usage, reached);
    if (mail === null) return false;
    try {
      await transaction(pool, async (client) => {
        const isFirst = await note(client, usage, mail.data);
        if (isFirst) await mailer.enqueue(client, mail);
      });
      if (usage.plan?.slug !== mail.data.plan) return false;
      usage.warnedAt = reached;
      return true;
    } catch (error) {
      logger.warn({ err: error }, 'a warning about the quota could not be sent; tried again soon');
      return false;
    }
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

/** The highest threshold that so many messages of the plan's have reached. */
function thresholdReached({ counted, plan }: Pick<AccountMonth, 'counted' | 'plan'>): Threshold | null {
  if (plan === undefined) return null;
  return THRESHOLDS.findLast((threshold) => counted * 100 >= plan.messagesPerMonth * threshold) ?? null;
}

/**
 * Notes this threshold and those below it, which need no warning of their own any more. Answers whether nobody did before.
 * Of several at once the others wait here until the first has committed.
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
