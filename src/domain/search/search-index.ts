import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { buildNext, enrolApps } from './build-blocks.ts';
import { recountOne } from './recount-blocks.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  logger: Logger;
  /** Rows of one block. */
  blockRows?: number;
}

const BLOCK_ROWS = 1000;

const POLL_MS = 5000;
/** Above this utilization of the event loop, deliveries come first. */
const BUSY_UTILIZATION = 0.7;
const MAX_SLEEP_MS = 5000;

/**
 * Builds the blocks of the search index: a block is a zone map with a Bloom filter over the terms of about a thousand
 * rows. It works behind the traffic, one block at a time, so nothing is written while a message is accepted or
 * delivered.
 */
export class SearchIndex {
  readonly #deps: Dependencies;
  readonly #poller: Poller;
  #lastUtilization = performance.eventLoopUtilization();

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#poller = new Poller({
      poll: () => this.#poll(),
      intervalMs: POLL_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'the search index could not be continued; trying again');
      },
    });
  }

  start(): void {
    this.#poller.start();
  }

  async stop(): Promise<void> {
    await this.#poller.stop();
  }

  /** Builds all blocks that are due now. */
  async catchUp(): Promise<void> {
    await enrolApps(this.#deps.pool, this.#deps.clock.now());
    while (await this.#step());
  }

  async #poll(): Promise<boolean> {
    await enrolApps(this.#deps.pool, this.#deps.clock.now());
    while (!this.#poller.isStopped) {
      const startedAt = performance.now();
      if (!(await this.#step())) break;
      await this.#throttle(performance.now() - startedAt);
    }
    return false;
  }

  /** Returns whether a block or a recount was due. Several workers never build the same block. */
  async #step(): Promise<boolean> {
    const { pool, clock, blockRows = BLOCK_ROWS } = this.#deps;
    const options = { nowMs: clock.now(), blockRows };
    const built = await transaction(pool, (client) => buildNext(client, options));
    return built || (await transaction(pool, (client) => recountOne(client, options)));
  }

  /** Sleeps as long as the step took; nine times as long while the process is busy with deliveries. */
  async #throttle(tookMs: number): Promise<void> {
    const { utilization } = performance.eventLoopUtilization(this.#lastUtilization);
    this.#lastUtilization = performance.eventLoopUtilization();
    await sleep(Math.min(tookMs * (utilization > BUSY_UTILIZATION ? 9 : 1), MAX_SLEEP_MS));
  }
}
