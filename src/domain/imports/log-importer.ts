import type { Pool, PoolClient } from 'pg';
import { maxRetentionDays } from '#src/domain/plans/plans.ts';
import { ensurePartitionsAt } from '#src/infra/database/partitions.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import { isMissedState } from '#src/domain/deliveries/delivery.ts';
import {
  importDeliveries,
  type ImportedDelivery,
} from '#src/domain/deliveries/transitions/import-deliveries.ts';
import { invalidateBlocks } from '#src/domain/search/invalidate-blocks.ts';
import type { Source } from '#src/domain/search/spans.ts';
import type { ImportGrant, Allowance } from './allowance.ts';
import type { ImportReport } from './import-report.ts';
import { LineProblem } from './line-problem.ts';
import type { LineOf } from './line-schemas.ts';
import {
  type AttemptRow,
  findNew,
  insertAttempts,
  insertMessages,
  type MessageRow,
  type RoutedRow,
} from './log-rows.ts';
import { stoppedAt } from './refusals.ts';
import { attemptRow, deliveryRow, messageRow, type Owner } from './rows-of-log-lines.ts';

const DAY_MS = 86_400_000;
/** Allows for clocks that differ; partitions of so near a future exist. */
const MAX_AHEAD_MS = DAY_MS;
const BATCH = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

interface Dependencies {
  pool: Pool;
  report: ImportReport;
  allowance: Allowance;
  nowMs: number;
  /** The plan keeps nothing older. */
  oldestMs: number;
}

interface Batched {
  row: MessageRow;
  /** Its number in the file. */
  line: number;
}

/** Writes messages, their deliveries and attempts, in batches. They are history: nothing is sent or notified. */
export class LogImporter {
  readonly #deps: Dependencies;
  readonly #weeks = new Set<number>();
  #messages = new Map<string, Batched>();
  #deliveries: ImportedDelivery[] = [];
  #attempts: AttemptRow[] = [];
  #bytes = 0;
  /** In an export the deliveries follow the messages of their batch, so the next message begins a new batch. */
  #hasDeliveries = false;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** `data` is the payload's JSON text as the line has it; `line` is the number of the line. */
  async addMessage(
    owner: Owner,
    line: LineOf<'message'>,
    written: { data: string; line: number },
  ): Promise<void> {
    const { data } = written;
    if (this.#hasDeliveries || this.#messages.size >= BATCH || this.#bytes > BATCH_BYTES) await this.flush();
    const id = owner.idOf(line.id);
    if (!(await this.#isKept('message', id))) return;
    this.#bytes += data.length + (line.data_text?.length ?? 0) + (line.data_base64?.length ?? 0);
    this.#messages.set(id, { row: messageRow(owner, line, data), line: written.line });
  }

  /** Adds a delivery to its message. A delivery of an unknown message is skipped. */
  addDelivery(owner: Owner, line: LineOf<'delivery'>): void {
    this.#hasDeliveries = true;
    const message = this.#messages.get(owner.idOf(line.message_id))?.row;
    if (message === undefined) {
      this.#deps.report.count('skipped', 'delivery');
      return;
    }
    const delivery = deliveryRow(owner, line);
    // A delivery that was kept back since acceptance is not listed by its message.
    const isListed = line.attempts_made > 0 || (line.state !== 'held' && line.state !== 'ignored');
    if (isListed && !message.endpoint_ids.includes(delivery.endpoint_id)) {
      message.endpoint_ids.push(delivery.endpoint_id);
    }
    this.#deliveries.push(delivery);
  }

  async addAttempt(owner: Owner, line: LineOf<'attempt'>): Promise<void> {
    const id = owner.idOf(line.id);
    if (!(await this.#isKept('attempt', id))) return;
    this.#attempts.push(attemptRow(owner, line));
    this.#bytes += line.response?.length ?? 0;
    if (this.#attempts.length >= BATCH || this.#bytes > BATCH_BYTES) await this.flush();
  }

  /** For a truncated file: its last messages may lack deliveries, so they are skipped until the file is repeated. */
  async flushWhatIsWhole(): Promise<void> {
    this.#deps.report.count('skipped', 'message', this.#messages.size);
    this.#messages.clear();
    this.#deliveries = [];
    await this.flush();
  }

  /** Throws PaymentRequired at the first message beyond the plan's limits, after writing those before it. */
  async flush(): Promise<void> {
    const [messages, deliveries, attempts] = [[...this.#messages.values()], this.#deliveries, this.#attempts];
    this.#messages = new Map();
    [this.#deliveries, this.#attempts, this.#bytes, this.#hasDeliveries] = [[], [], 0, false];
    if (messages.length > 0) await this.#admitMessages(messages, deliveries);
    if (attempts.length > 0) await this.#writeAttempts(attempts);
  }

  async #admitMessages(messages: Batched[], deliveries: ImportedDelivery[]): Promise<void> {
    const { allowance, pool } = this.#deps;
    const ofNew = await findNew(
      pool,
      messages.map(({ row }) => row),
    );
    const sendable = new Set(
      deliveries.flatMap(({ state, message_id }) => (isMissedState(state) ? [message_id] : [])),
    );
    const wanted = messages.flatMap(({ row: { id } }) =>
      ofNew.has(id) ? [{ id, isSendable: sendable.has(id) }] : [],
    );
    const grant = await allowance.admit(wanted);
    const { refused } = grant;
    const end = refused === undefined ? -1 : messages.findIndex(({ row }) => row.id === refused.id);
    const stopped = messages[end];
    const admitted = stopped === undefined ? messages : messages.slice(0, end);
    await this.#writeMessages(admitted, deliveries, grant);
    if (refused !== undefined && stopped !== undefined) throw stoppedAt(stopped.line, refused.error);
  }

  async #writeMessages(batch: Batched[], deliveries: ImportedDelivery[], grant: ImportGrant): Promise<void> {
    const { pool, report } = this.#deps;
    const messages = batch.map(({ row }) => row);
    const ids = new Set(messages.map(({ id }) => id));
    const theirs = deliveries.filter(({ message_id: id }) => ids.has(id));
    let isCommitted = false;
    try {
      const { inserted, imported } = await transaction(pool, async (client) => {
        const fresh = await insertMessages(client, withCounts(messages, theirs));
        if (fresh.size > 0) await this.#invalidateBlocks(client, 'messages', messages);
        await grant.count(client, fresh);
        // Existing messages stay unchanged, because their deliveries may be under way.
        const ofFresh = theirs.filter(({ message_id: id }) => fresh.has(id));
        return { inserted: fresh.size, imported: await importDeliveries(client, ofFresh) };
      });
      isCommitted = true;
      report.count('imported', 'message', inserted);
      report.count('existing', 'message', messages.length - inserted);
      report.count('imported', 'delivery', imported);
      report.count('existing', 'delivery', theirs.length - imported);
    } finally {
      grant.end(isCommitted);
    }
  }

  async #writeAttempts(attempts: AttemptRow[]): Promise<void> {
    const { pool, report } = this.#deps;
    const inserted = await transaction(pool, async (client) => {
      const count = await insertAttempts(client, attempts);
      if (count > 0) await this.#invalidateBlocks(client, 'attempts', attempts);
      return count;
    });
    report.count('imported', 'attempt', inserted);
    report.count('existing', 'attempt', attempts.length - inserted);
  }

  /** `rows` are of one app. */
  async #invalidateBlocks(
    client: PoolClient,
    list: Source['list'],
    rows: AttemptRow[] | MessageRow[],
  ): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    const source = { accountId: first.account_id, appId: first.app_id, list };
    const ids = rows.map(({ id }) => id);
    await invalidateBlocks(client, { ...source, ids, now: new Date(this.#deps.nowMs) });
  }

  /**
   * Whether the plan keeps what was made at the time of `id`; if so, its partition exists afterwards. Throws for times
   * that no export can hold, so that an import creates partitions only for the weeks that its plan keeps.
   */
  async #isKept(type: string, id: string): Promise<boolean> {
    const { nowMs, oldestMs, pool, report } = this.#deps;
    const madeMs = timeOfId(id);
    if (madeMs > nowMs + MAX_AHEAD_MS) throw new LineProblem(absurd(madeMs, 'which is yet to come'));
    if (madeMs < nowMs - maxRetentionDays * DAY_MS) {
      throw new LineProblem(absurd(madeMs, 'which is longer ago than any plan keeps'));
    }
    if (madeMs < oldestMs) {
      report.count('skipped', type);
      return false;
    }
    await ensurePartitionsAt(pool, madeMs, this.#weeks);
    return true;
  }
}

/** Each with the number of its deliveries, of which a file may have one twice. */
function withCounts(messages: MessageRow[], deliveries: ImportedDelivery[]): RoutedRow[] {
  const own = Map.groupBy(deliveries, (one) => one.message_id);
  return messages.map((row) => {
    const endpoints = new Set(own.get(row.id)?.map((one) => one.endpoint_id));
    return { ...row, routed_count: endpoints.size };
  });
}

const absurd = (madeMs: number, why: string) =>
  `its id says that it was made at ${new Date(madeMs).toISOString()}, ${why}`;
