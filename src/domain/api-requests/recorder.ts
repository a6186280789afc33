import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import { lru } from '#src/infra/lib/lru.ts';
import { asService } from '#src/infra/lib/on-behalf.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { deleteOlderRequests, insertRequests, type Recorded } from './api-request-rows.ts';
import type { NewApiRequest } from './api-request.ts';
import { Share } from './share.ts';

/** Rows that an account gets at once, and after how long one more. The others are counted. */
const REFUSED = { burst: 60, everyMs: 5000 };
/** Of one status and code, so that a flood of one mistake hides no other. */
const REFUSED_ALIKE = { burst: 10, everyMs: 10_000 };
const TAKEN = { burst: 20, everyMs: 2000 };
/** Rows of all accounts in one flush. */
const MAX_REFUSED = 500;
const MAX_TAKEN = 100;
/** Characters that wait, of all accounts. */
const MAX_CHARACTERS = 8_000_000;
/** What a request weighs beside its texts. */
const OWN_CHARACTERS = 500;
const MAX_ACCOUNTS = 20_000;
/** Older rows of an account are deleted after so many new ones. */
const TRIM_EVERY = 250;
/** Between two flushes; and after the first request that comes when none was for so long. */
const FLUSH_MS = 1000;
const SOON_MS = 50;

/** What a process knows of an account. */
interface Known {
  refused: Share;
  /** By status and code, of which there are few. */
  alike: Map<string, Share>;
  taken: Share;
  /** Requests that were taken and not listed since the last one that was. */
  skipped: number;
  /** Rows since the older ones were deleted. */
  written: number;
}

/** Requests without a row of their own: the first of them, and how many there were. */
interface Unlisted {
  first: NewApiRequest;
  count: number;
}

/** How a request ended: those with the same end are counted together. */
interface Ending {
  accountId: string;
  status: number;
  code: string;
}

/**
 * Records calls of our API beside their answers, which never wait for it: every refusal of an account up to a rate,
 * and a sample of the requests that were taken. What comes beyond is counted, and the count stands in the next row.
 * What a process that dies had not written is not in the log.
 */
export class RequestRecorder {
  readonly #deps: { pool: Pool; clock: Clock; logger: Logger };
  readonly #known = lru<Known>(MAX_ACCOUNTS);
  #refused: Recorded[] = [];
  #taken: Recorded[] = [];
  /** By status and code, by account: they get their row as soon as the account has a token. */
  readonly #unlisted = new Map<string, Map<string, Unlisted>>();
  #characters = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #flushedAtMs = -FLUSH_MS;

  constructor(deps: { pool: Pool; clock: Clock; logger: Logger }) {
    this.#deps = deps;
  }

  /** Records a refusal. `describe` is called only when the request gets a row. */
  refused(ending: Ending, describe: () => NewApiRequest): void {
    const { accountId } = ending;
    const of = this.#unlisted.get(accountId);
    const kind = `${String(ending.status)} ${ending.code}`;
    const like = of?.get(kind);
    if (like !== undefined) {
      like.count += 1;
      return;
    }
    const request = describe();
    if (!this.#hasRoom(request)) return;
    if (this.#mayList(accountId, kind)) {
      this.#refused.push({ ...request, unlisted: 0 });
    } else {
      const unlisted = of ?? new Map<string, Unlisted>();
      unlisted.set(kind, { first: request, count: 1 });
      this.#unlisted.set(accountId, unlisted);
    }
    this.#flushSoon();
  }

  /** Whether the account's request, if it is taken, is one of the sample. If so, {@link taken} is to be called. */
  samples(accountId: string): boolean {
    const known = this.#of(accountId);
    if (this.#taken.length < MAX_TAKEN && known.taken.take(this.#now())) return true;
    known.skipped += 1;
    return false;
  }

  /** Records a request that was taken, of the sample. */
  taken(request: NewApiRequest): void {
    if (!this.#hasRoom(request)) return;
    const known = this.#of(request.accountId);
    this.#taken.push({ ...request, unlisted: known.skipped });
    known.skipped = 0;
    this.#flushSoon();
  }

  /** Writes what was recorded, also what has no token. */
  async stop(): Promise<void> {
    await this.#flush({ isLast: true });
  }

  #of(accountId: string): Known {
    let known = this.#known.get(accountId);
    if (known === undefined) {
      const [refused, taken] = [new Share(REFUSED), new Share(TAKEN)];
      known = { refused, alike: new Map(), taken, skipped: 0, written: 0 };
      this.#known.set(accountId, known);
    }
    return known;
  }

  /** Whether one more refusal of the account gets a row; then it has taken a token. */
  #mayList(accountId: string, kind: string): boolean {
    if (this.#refused.length >= MAX_REFUSED) return false;
    const { alike, refused } = this.#of(accountId);
    const share = alike.get(kind) ?? new Share(REFUSED_ALIKE);
    alike.set(kind, share);
    return share.take(this.#now()) && refused.take(this.#now());
  }

  #now(): number {
    return this.#deps.clock.monotonicNow();
  }

  #hasRoom(request: NewApiRequest): boolean {
    const weight = weightOf(request);
    const hasRoom = this.#characters + weight <= MAX_CHARACTERS;
    if (hasRoom) this.#characters += weight;
    else this.#dropped += 1;
    return hasRoom;
  }

  #flushSoon(): void {
    const inMs = Math.max(SOON_MS, this.#flushedAtMs + FLUSH_MS - performance.now());
    this.#timer ??= setTimeout(() => void this.#flush(), inMs).unref();
  }

  async #flush({ isLast = false } = {}): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushedAtMs = performance.now();
    // Taken after the write before, so that a slow database lets nothing pile up.
    this.#flushing = this.#flushing.then(() => asService(() => this.#write(this.#take(isLast))));
    await this.#flushing;
    if (this.#unlisted.size > 0) this.#flushSoon();
  }

  #take(isLast: boolean): Recorded[] {
    this.#listUnlisted(isLast);
    const rows = [...this.#refused, ...this.#taken];
    this.#refused = [];
    this.#taken = [];
    this.#characters = [...this.#unlisted.values()]
      .flatMap((kinds) => [...kinds.values()])
      .reduce((sum, { first }) => sum + weightOf(first), 0);
    return rows;
  }

  /** Moves what was counted to the rows, as far as its account has tokens. */
  #listUnlisted(isLast: boolean): void {
    for (const [accountId, kinds] of this.#unlisted) {
      for (const [kind, { first, count }] of kinds) {
        if (!isLast && !this.#mayList(accountId, kind)) continue;
        this.#refused.push({ ...first, unlisted: count - 1 });
        kinds.delete(kind);
      }
      if (kinds.size === 0) this.#unlisted.delete(accountId);
    }
  }

  async #write(rows: Recorded[]): Promise<void> {
    const { logger, pool } = this.#deps;
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) logger.warn({ dropped }, 'the request log had no room for all requests');
    if (rows.length === 0) return;
    try {
      await insertRequests(pool, rows);
      for (const [accountId, own] of Map.groupBy(rows, (row) => row.accountId)) {
        const known = this.#of(accountId);
        known.written += own.length;
        if (known.written < TRIM_EVERY) continue;
        known.written = 0;
        await deleteOlderRequests(pool, accountId);
      }
    } catch (error) {
      logger.warn({ err: error }, 'requests could not be recorded');
    }
  }
}

const weightOf = ({ message, details, body, path }: NewApiRequest): number =>
  OWN_CHARACTERS +
  (message?.length ?? 0) +
  (body?.length ?? 0) +
  path.length +
  details.reduce((sum, detail) => sum + detail.path.length + detail.message.length, 0);
