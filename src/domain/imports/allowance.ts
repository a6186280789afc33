import type { Pool, PoolClient } from 'pg';
import type { Plan } from '#src/domain/plans/plans.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { PaymentRequired } from '#src/infra/lib/errors.ts';
import { countMessages, type ShardCount } from '#src/domain/quotas/message-counts.ts';
import type { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import { isOfHeroku } from '#src/domain/quotas/is-of-heroku.ts';
import { dayAt, monthAt } from '#src/domain/quotas/month.ts';
import { IMPORTS_SHARD } from '#src/domain/quotas/counter-shards.ts';
import { howToGetMore, withCommas } from '#src/domain/plans/upgrade.ts';
import { type ImportLease, countHistory, readHistory } from './import-rows.ts';
import { alreadyRunning } from './refusals.ts';

export interface AllowanceDependencies {
  pool: Pool;
  clock: Clock;
  quota: Pick<MessageQuota, 'planOf' | 'record' | 'reserveUpTo'>;
}

/** A message that the account does not have yet. */
interface NewMessage {
  id: string;
  /** Whether a replay could send one of its deliveries, so that it counts in the quota as if posted today. */
  isSendable: boolean;
}

interface Refused {
  id: string;
  error: PaymentRequired;
}

export interface ImportGrant {
  /** The first message beyond the plan's limits and why; those before it may be written. */
  refused: Refused | undefined;
  /** Counts the written messages, in their transaction. */
  count(client: PoolClient, written: Set<string>): Promise<void>;
  /** Records the counts when committed and releases the reservation. To be called in every case. */
  end(isCommitted: boolean): void;
}

const HISTORY_MONTH_DAYS = 30;

/**
 * How many messages an import may write. Messages that can still be sent pass the quota of posted messages. The others
 * are history, limited by month to what the plan accepts during its retention.
 */
export class Allowance {
  readonly #deps: AllowanceDependencies;
  readonly #lease: ImportLease;

  constructor(deps: AllowanceDependencies, lease: ImportLease) {
    this.#deps = deps;
    this.#lease = lease;
  }

  async admit(messages: NewMessage[]): Promise<ImportGrant> {
    const { clock, quota } = this.#deps;
    const { accountId } = this.#lease;
    const sendable = messages.filter(({ isSendable }) => isSendable);
    const history = messages.filter(({ isSendable }) => !isSendable);
    const old = await this.#historyLeft(history.length);
    const { reserved, refusal, release } = await quota.reserveUpTo(accountId, sendable.length);
    const refused = [
      { id: sendable[reserved]?.id, error: refusal },
      { id: history[old.messages]?.id, error: old.refusal },
    ];
    const isSendable = new Set(sendable.map(({ id }) => id));
    let counted: ShardCount | undefined;
    return {
      refused: firstOf(refused, messages),
      count: async (client, written) => {
        const more = [...written].filter((id) => isSendable.has(id)).length;
        const nowMs = clock.now();
        const month = monthAt(nowMs).firstDay;
        const own = { ...this.#lease, month, messages: written.size - more };
        if (!(await countHistory(client, own))) throw alreadyRunning();
        if (more === 0) return;
        counted = await countMessages(client, accountId, {
          day: dayAt(nowMs),
          shard: IMPORTS_SHARD,
          messages: more,
        });
      },
      end: (isCommitted) => {
        if (isCommitted && counted !== undefined) quota.record(accountId, counted);
        release();
      },
    };
  }

  /** The lease excludes other imports of the account, so the count is exact. */
  async #historyLeft(wanted: number): Promise<{ messages: number; refusal?: PaymentRequired }> {
    const { clock, pool, quota } = this.#deps;
    const { accountId } = this.#lease;
    if (wanted === 0) return { messages: 0 };
    const month = monthAt(clock.now());
    const [plan, used] = await Promise.all([
      quota.planOf(accountId),
      readHistory(pool, accountId, month.firstDay),
    ]);
    // The account is gone, so the inserts find no app and write nothing.
    if (plan === undefined) return { messages: wanted };
    const left = Math.max(0, historyPerMonth(plan) - used);
    if (left >= wanted) return { messages: wanted };
    const more = howToGetMore(plan, { isOfHeroku: await isOfHeroku(pool, accountId) });
    return { messages: left, refusal: tooMuch(plan, month.endsAtMs, more) };
  }
}

function firstOf(
  refused: { [K in keyof Refused]: Refused[K] | undefined }[],
  messages: NewMessage[],
): Refused | undefined {
  for (const { id } of messages) {
    const error = refused.find((one) => one.id === id)?.error;
    if (error !== undefined) return { id, error };
  }
  return undefined;
}

/** Messages of history a month: what the plan accepts during its retention, and at least during a month. */
function historyPerMonth({ messagesPerMonth, retentionDays }: Plan): number {
  return messagesPerMonth * Math.max(1, Math.ceil(retentionDays / HISTORY_MONTH_DAYS));
}

function tooMuch(plan: Plan, endsAtMs: number, more: string): PaymentRequired {
  return new PaymentRequired(
    `The plan ${plan.slug} allows to import ${withCommas(historyPerMonth(plan))} messages of history a month. All of ` +
      `them are imported, until the month ends at ${new Date(endsAtMs).toISOString()}. ${more}`,
    { code: 'import_limit' },
  );
}
