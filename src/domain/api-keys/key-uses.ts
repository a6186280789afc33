import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';

const MAX_KEYS = 50_000;
const NOTED_EVERY_MS = 60_000;
/** So long uses are collected, to be written by one statement. */
const COLLECTED_MS = 1000;

/** When keys were last used: written beside the requests, by each process at most once a minute and key. */
export class KeyUses {
  readonly #deps: { pool: Pool; clock: Clock; logger: Logger };
  readonly #notedAtMs = new LRUCache<string, number>({ max: MAX_KEYS });
  #collected = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: { pool: Pool; clock: Clock; logger: Logger }) {
    this.#deps = deps;
  }

  note(apiKeyId: string): void {
    const nowMs = this.#deps.clock.monotonicNow();
    const notedAtMs = this.#notedAtMs.get(apiKeyId);
    if (notedAtMs !== undefined && nowMs - notedAtMs < NOTED_EVERY_MS) return;
    this.#notedAtMs.set(apiKeyId, nowMs);
    this.#collected.add(apiKeyId);
    this.#timer ??= setTimeout(() => {
      this.#flush();
    }, COLLECTED_MS).unref();
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ids = [...this.#collected];
    if (ids.length === 0) return;
    this.#collected = new Set();
    this.#writing = this.#writing.then(() => this.#write(ids));
  }

  /** What could not be written is left out: the next use writes again. */
  async #write(ids: string[]): Promise<void> {
    const { pool, clock, logger } = this.#deps;
    try {
      await noteUses(pool, ids, new Date(clock.now()));
    } catch (error) {
      for (const id of ids) this.#notedAtMs.delete(id);
      logger.warn({ err: error }, 'the last uses of API keys could not be written');
    }
  }
}

/** Rows that a rotation holds are passed over, so that neither waits for the other; the next minute writes them. */
async function noteUses(pool: Pool, ids: string[], now: Date): Promise<void> {
  await pool.query(
    `update api_keys set last_used_at = $2 from (
       select id from api_keys where id = any($1) and (last_used_at is null or last_used_at < $2)
       for no key update skip locked
     ) used where api_keys.id = used.id`,
    [ids, now],
  );
}
