import { performance } from 'node:perf_hooks';
import { setTimeout as rest } from 'node:timers/promises';
import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { buildNext, enrolApps, recountOne } from './build-blocks.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  logger: Logger;
  /** Of the messages or attempts that are summed up together. */
  blockRows?: number;
}

const BLOCK_ROWS = 1000;

const LOOK_EVERY_MS = 5000;
/** How much of its time the process is at work when deliveries come first. */
const BUSY = 0.7;
const MAX_REST_MS = 5000;

/** Sums up what was written, behind the traffic, so that a search reads little of it. One step at a time. */
export class SearchIndex {
  readonly #deps: Dependencies;
  readonly #looks: Poller;
  #seen = performance.eventLoopUtilization();

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#looks = new Poller({
      poll: () => this.#look(),
      intervalMs: LOOK_EVERY_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'the search index could not be carried on; trying again');
      },
    });
  }

  start(): void {
    this.#looks.start();
  }

  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  /** All that there is to do just now. */
  async catchUp(): Promise<void> {
    await enrolApps(this.#deps.pool, this.#deps.clock.now());
    while (await this.#step());
  }

  async #look(): Promise<boolean> {
    await enrolApps(this.#deps.pool, this.#deps.clock.now());
    while (!this.#looks.isStopped) {
      const startedAt = performance.now();
      if (!(await this.#step())) break;
      await this.#rest(performance.now() - startedAt);
    }
    return false;
  }

  /** Answers whether there was something to do. Several workers never do the same. */
  async #step(): Promise<boolean> {
    const { pool, clock, blockRows = BLOCK_ROWS } = this.#deps;
    const moment = { nowMs: clock.now(), blockRows };
    const built = await transaction(pool, (client) => buildNext(client, moment));
    return built || (await transaction(pool, (client) => recountOne(client, moment)));
  }

  /** As long as the step took; nine times that while there is much to deliver. */
  async #rest(tookMs: number): Promise<void> {
    const { utilization } = performance.eventLoopUtilization(this.#seen);
    this.#seen = performance.eventLoopUtilization();
    await rest(Math.min(tookMs * (utilization > BUSY ? 9 : 1), MAX_REST_MS));
  }
}
