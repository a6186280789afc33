import type { Pool } from 'pg';
import { asService } from '#src/infra/lib/on-behalf.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { lru } from '#src/infra/lib/lru.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';

const MAX_KEYS = 50_000;
const WRITE_EVERY_MS = 60_000;
/** The uses of so long are written by one statement. */
const BATCH_MS = 1000;

/** When keys were last used: written off the request path, by each process at most once a minute for each key. */
export class KeyUses {
  readonly #deps: { pool: Pool; clock: Clock; logger: Logger };
  readonly #notedAtMs = lru<number>(MAX_KEYS);
  #collected = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: { pool: Pool; clock: Clock; logger: Logger }) {
    this.#deps = deps;
  }

  note(apiKeyId: string): void {
    const nowMs = this.#deps.clock.monotonicNow();
    const notedAtMs = this.#notedAtMs.get(apiKeyId);
    if (notedAtMs !== undefined && nowMs - notedAtMs < WRITE_EVERY_MS) return;
    this.#notedAtMs.set(apiKeyId, nowMs);
    this.#collected.add(apiKeyId);
    this.#timer ??= setTimeout(() => {
      this.#flush();
    }, BATCH_MS).unref();
  }

  /** Writes the uses that are buffered. */
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
    this.#writing = this.#writing.then(() => asService(() => this.#write(ids)));
  }

  /** A use that could not be written is lost; the key's next use is written again. */
  async #write(ids: string[]): Promise<void> {
    const { pool, clock, logger } = this.#deps;
    try {
      await writeUses(pool, ids, new Date(clock.now()));
    } catch (error) {
      for (const id of ids) this.#notedAtMs.delete(id);
      logger.warn({ err: error }, 'the last uses of API keys could not be written');
    }
  }
}

/** Skips rows that a rotation has locked, so that neither waits for the other; the next minute writes them. */
async function writeUses(pool: Pool, ids: string[], now: Date): Promise<void> {
  await pool.query(
    `update api_keys set last_used_at = $2 from (
       select id from api_keys where id = any($1) and (last_used_at is null or last_used_at < $2)
       for no key update skip locked
     ) used where api_keys.id = used.id`,
    [ids, now],
  );
}
