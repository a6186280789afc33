import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { ensurePartitions } from './partitions.ts';

const DAY_MS = 86_400_000;

/** Creates the partitions of the coming weeks, at start and then daily. */
export class PartitionMaker {
  readonly #poller: Poller;

  constructor({ pool, clock, logger }: { pool: Pool; clock: Clock; logger: Logger }) {
    this.#poller = new Poller({
      poll: async () => {
        await ensurePartitions(pool, clock.now());
        return false;
      },
      intervalMs: DAY_MS,
      onError: (error) => {
        logger.error({ err: error }, 'partitions could not be created; the next try is tomorrow');
      },
    });
  }

  /** Resolves after the first try, because the pipeline starts next and its rows need partitions. */
  async start(): Promise<void> {
    this.#poller.start();
    await this.#poller.idle();
  }

  async stop(): Promise<void> {
    await this.#poller.stop();
  }
}
