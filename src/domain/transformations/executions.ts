import type { Pool } from 'pg';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import {
  deleteOlderExecutions,
  findExecutions,
  findNewestOfDelivery,
  insertExecutions,
  selectExecutions,
} from './execution-rows.ts';
import type { Execution, Transformation } from './transformation.ts';

/** Of a transformation: so many that failed, and so many others. */
const KEPT = 100;
/** Of a transformation, in one flush: the newest that failed, and the first of the others. */
const MAX_FAILED = KEPT;
const MAX_OTHERS = 10;
/** Characters of an account and of all, in one flush: what comes beyond them is not recorded. */
const MAX_OF_ACCOUNT = 2_000_000;
const MAX_BUFFERED = 32_000_000;
/** What an execution weighs beside its texts. */
const OWN_CHARACTERS = 1000;
/** Between two flushes; and after the first execution that comes when none was for so long. */
const FLUSH_MS = 1000;
const SOON_MS = 50;

interface Dependencies {
  pool: Pool;
  logger: Logger;
}

type Key = Pick<Transformation, 'accountId' | 'id'>;

/** What waits for a flush, of one transformation. */
interface Buffered {
  failed: Execution[];
  others: Execution[];
}

/**
 * The log of executions: the newest failures, and the newest of a sample of the others, which is the first
 * {@link MAX_OTHERS} of each flush, so that most runs of a busy transformation are not put into words. It is written
 * beside the deliveries, which never wait for it: what a process that dies had not written is not in it.
 */
export class Executions {
  readonly #deps: Dependencies;
  readonly #buffered = new Map<string, Buffered>();
  /** Characters that wait, by account. */
  readonly #weights = new Map<string, number>();
  #weight = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #flushedAtMs = -FLUSH_MS;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Of the transformation, newest first. */
  async list(transformation: Key, paging: Paging): Promise<Execution[]> {
    return selectExecutions(this.#deps.pool, transformation, paging);
  }

  /** Throws NotFound when the transformation has none with this id. */
  async get({ accountId, id: of }: Key, id: string): Promise<Execution> {
    const found = isUuid(id) ? (await this.byIds(accountId, [id])).get(id) : undefined;
    if (found?.transformationId !== of) throw new NotFound(`The transformation has no execution ${id}.`);
    return found;
  }

  /** Those of the account that are kept, by id. */
  async byIds(accountId: string, ids: string[]): Promise<Map<string, Execution>> {
    const rows = ids.length === 0 ? [] : await findExecutions(this.#deps.pool, { accountId, ids });
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** The newest one of a delivery; null when none is kept. */
  async newestOfDelivery(
    delivery: Pick<Execution, 'accountId' | 'messageId' | 'endpointId'>,
  ): Promise<Execution | null> {
    return findNewestOfDelivery(this.#deps.pool, delivery);
  }

  /** Whether {@link record} would take one. */
  takes({ transformationId, outcome }: Pick<Execution, 'transformationId' | 'outcome'>): boolean {
    if (outcome === 'failed') return true;
    return (this.#buffered.get(transformationId)?.others.length ?? 0) < MAX_OTHERS;
  }

  /** Records it soon, if there is room. A failure beyond {@link MAX_FAILED} takes the place of the oldest. */
  record(execution: Execution): void {
    if (!this.takes(execution)) return;
    const { accountId, transformationId: key } = execution;
    const own = this.#buffered.get(key) ?? { failed: [], others: [] };
    const same = execution.outcome === 'failed' ? own.failed : own.others;
    const replaced = same.length === MAX_FAILED ? same[0] : undefined;
    const added = weightOf(execution) - (replaced === undefined ? 0 : weightOf(replaced));
    const ofAccount = (this.#weights.get(accountId) ?? 0) + added;
    if (ofAccount > MAX_OF_ACCOUNT || this.#weight + added > MAX_BUFFERED) return;
    if (replaced !== undefined) same.shift();
    same.push(execution);
    this.#buffered.set(key, own);
    this.#weights.set(accountId, ofAccount);
    this.#weight += added;
    const inMs = Math.max(SOON_MS, this.#flushedAtMs + FLUSH_MS - performance.now());
    this.#timer ??= setTimeout(() => void this.#flush(), inMs).unref();
  }

  /** Writes what was recorded. */
  async stop(): Promise<void> {
    await this.#flush();
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushedAtMs = performance.now();
    // Taken after the write before, so that a slow database lets nothing pile up.
    this.#flushing = this.#flushing.then(() => this.#write(this.#take()));
    await this.#flushing;
  }

  #take(): Execution[] {
    const rows = [...this.#buffered.values()].flatMap(({ failed, others }) => [...failed, ...others]);
    this.#buffered.clear();
    this.#weights.clear();
    this.#weight = 0;
    return rows;
  }

  async #write(rows: Execution[]): Promise<void> {
    const { logger, pool } = this.#deps;
    for (const [accountId, own] of Map.groupBy(rows, (row) => row.accountId)) {
      try {
        await insertExecutions(pool, accountId, own);
        for (const id of new Set(own.map((row) => row.transformationId))) {
          await deleteOlderExecutions(pool, { accountId, id }, KEPT);
        }
      } catch (error) {
        logger.warn({ err: error }, 'executions of transformations could not be recorded');
      }
    }
  }
}

function weightOf({ request, result, console, error }: Execution): number {
  const texts = [
    ...[request, result].flatMap((one) =>
      one === null ? [] : [one.body, ...Object.entries(one.headers).flat()],
    ),
    ...console.map(({ text }) => text),
    error ?? '',
  ];
  return texts.reduce((sum, { length }) => sum + length, OWN_CHARACTERS);
}
