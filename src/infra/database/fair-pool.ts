import pg from 'pg';
import { currentBeneficiary } from '#src/infra/lib/on-behalf.ts';
import { Permits } from '#src/infra/lib/permits.ts';
import type { DatabaseEngine } from './engine.ts';
import { isPooled, withoutNames } from './pooler.ts';

interface FairPoolConfig extends pg.PoolConfig {
  engine: DatabaseEngine;
  max: number;
  connectionTimeoutMillis: number;
}

type Callback = Parameters<pg.Pool['connect']>[0];

/** As pg's pool says it, so that `is-away.ts` knows it. */
const lateError = () => new Error('timeout exceeded when trying to connect');

/**
 * pg's pool, whose own queue is first in, first out: here accounts and addresses that wait for a connection get one in
 * round robin, so that one's thousand requests do not make another's wait, or time out. Behind a pooler statements are
 * unnamed.
 */
export class FairPool extends pg.Pool {
  readonly engine: DatabaseEngine;
  readonly #permits: Permits;
  readonly #maxWaitMs: number;
  readonly #lent = new Set<pg.PoolClient>();
  readonly #examined = new WeakSet<pg.PoolClient>();

  constructor({ engine, ...config }: FairPoolConfig) {
    super(config);
    this.engine = engine;
    this.#permits = new Permits(config.max);
    this.#maxWaitMs = config.connectionTimeoutMillis;
    this.on('release', (_error, client) => {
      // A client that came too late for its request is released too, and no permit was kept for it.
      if (this.#lent.delete(client)) this.#permits.release();
    });
  }

  /** How many wait for a connection. */
  get waitedFor(): number {
    return this.#permits.waiting + this.waitingCount;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    const connecting = this.#connect();
    if (callback === undefined) return connecting;
    connecting.then(
      (client) => {
        callback(undefined, client, client.release);
      },
      (error: unknown) => {
        callback(error as Error, undefined, () => undefined);
      },
    );
    return undefined;
  }

  async #connect(): Promise<pg.PoolClient> {
    await this.#permits.take(currentBeneficiary(), { maxWaitMs: this.#maxWaitMs, lateError });
    try {
      const client = await super.connect();
      if (!this.#examined.has(client)) await this.#examine(client);
      this.#lent.add(client);
      return client;
    } catch (error) {
      this.#permits.release();
      throw error;
    }
  }

  async #examine(client: pg.PoolClient): Promise<void> {
    try {
      if (await isPooled(client)) withoutNames(client);
      this.#examined.add(client);
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}
