import type { Pool, PoolClient } from 'pg';
import type { Plan } from '#src/domain/plans/plans.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { PaymentRequired } from '#src/infra/lib/errors.ts';
import { countMessages, type ShardCount } from '#src/domain/quotas/message-counts.ts';
import type { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import { dayAt, monthAt } from '#src/domain/quotas/month.ts';
import { IMPORTS_SHARD } from '#src/domain/quotas/counter-shards.ts';
import { howToGetMore, withCommas } from '#src/domain/plans/upgrade.ts';
import { type Claimed, countHistory, readHistory } from './import-rows.ts';
import { alreadyRunning } from './refusals.ts';

export interface AllowanceParts {
  pool: Pool;
  clock: Clock;
  quota: Pick<MessageQuota, 'planOf' | 'record' | 'reserveUpTo'>;
}

/** A message that is not there yet. */
interface NewMessage {
  id: string;
  /** It has deliveries that a replay sends: then it counts as one that is posted today. */
  isSendable: boolean;
}

interface Refused {
  id: string;
  error: PaymentRequired;
}

export interface ImportGrant {
  /** The first that the plan has no room for, and what to tell; those before it may be written. */
  refused: Refused | undefined;
  /** Counts those that were written, in their transaction. */
  count(client: PoolClient, written: Set<string>): Promise<void>;
  /** To be called however it ended: what was counted counts from now on, and the places of the rest are given back. */
  end(isCommitted: boolean): void;
}

const HISTORY_MONTH_DAYS = 30;

/**
 * How much an import may bring: what can be sent as much as could be posted, by the same gate; the rest, which is history,
 * as much in a month as the plan takes in the time for which it keeps it.
 */
export class Allowance {
  readonly #parts: AllowanceParts;
  readonly #claimed: Claimed;

  constructor(parts: AllowanceParts, claimed: Claimed) {
    this.#parts = parts;
    this.#claimed = claimed;
  }

  async admit(messages: NewMessage[]): Promise<ImportGrant> {
    const { clock, quota } = this.#parts;
    const { accountId } = this.#claimed;
    const sendable = messages.filter(({ isSendable }) => isSendable);
    const history = messages.filter(({ isSendable }) => !isSendable);
    const room = await this.#roomForHistory(history.length);
    const { places, refusal, giveBack } = await quota.reserveUpTo(accountId, sendable.length);
    const refused = [
      { id: sendable[places]?.id, error: refusal },
      { id: history[room.messages]?.id, error: room.refusal },
    ];
    const isSendable = new Set(sendable.map(({ id }) => id));
    let counted: ShardCount | undefined;
    return {
      refused: firstOf(refused, messages),
      count: async (client, written) => {
        const more = [...written].filter((id) => isSendable.has(id)).length;
        const nowMs = clock.now();
        const month = monthAt(nowMs).firstDay;
        const own = { ...this.#claimed, month, messages: written.size - more };
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
        giveBack();
      },
    };
  }

  /** Nobody else imports into the account, so what is read is what there is. */
  async #roomForHistory(wanted: number): Promise<{ messages: number; refusal?: PaymentRequired }> {
    const { clock, pool, quota } = this.#parts;
    const { accountId } = this.#claimed;
    if (wanted === 0) return { messages: 0 };
    const month = monthAt(clock.now());
    const [plan, used] = await Promise.all([
      quota.planOf(accountId),
      readHistory(pool, accountId, month.firstDay),
    ]);
    // The account is gone: what it has no app for is not written.
    if (plan === undefined) return { messages: wanted };
    const left = Math.max(0, historyPerMonth(plan) - used);
    return left >= wanted ? { messages: wanted } : { messages: left, refusal: tooMuch(plan, month.endsAtMs) };
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

/** Messages of history that may be imported in a month: what the plan keeps at most, and at least a month's. */
function historyPerMonth({ messagesPerMonth, retentionDays }: Plan): number {
  return messagesPerMonth * Math.max(1, Math.ceil(retentionDays / HISTORY_MONTH_DAYS));
}

function tooMuch(plan: Plan, endsAtMs: number): PaymentRequired {
  return new PaymentRequired(
    `The plan ${plan.slug} allows to import ${withCommas(historyPerMonth(plan))} messages of history a month. All of ` +
      `them are imported, until the month ends at ${new Date(endsAtMs).toISOString()}. ${howToGetMore(plan)}`,
    { code: 'import_limit' },
  );
}
