import type { Pool } from 'pg';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { recallDeliveries } from '#src/pipeline/settle/recall-deliveries.ts';
import type { EndpointLane } from './endpoint-lane.ts';
import { SpilledJobs } from './spilled-jobs.ts';

export interface RecallDependencies {
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
}

/**
 * Recalls what was spilled as soon as its endpoint is well: its jobs come due before their time. Each process recalls
 * what it spilled itself, and what it cannot recall returns by its own time.
 */
export class Recall {
  readonly #deps: RecallDependencies;
  readonly #onDue: () => void;
  readonly #jobs: SpilledJobs;
  #running: Promise<void> | undefined;
  #isStopping = false;

  /** `onDue` is called when jobs are due. */
  constructor(deps: RecallDependencies, onDue: () => void) {
    this.#deps = deps;
    this.#onDue = onDue;
    this.#jobs = new SpilledJobs(deps.clock);
  }

  /** Remembers a delivery that the lane spilled, once its outcome and so its job `isWritten`. */
  async remember(lane: EndpointLane, outcome: DeliveryOutcome, isWritten: Promise<boolean>): Promise<void> {
    const { id, delivery, nextAttemptAt } = outcome;
    // What was released from the queue of its endpoint waits there again, not in a job.
    if (!(await isWritten) || delivery.isQueued === true || nextAttemptAt === null) return;
    this.#jobs.add(lane, { id, dueAtMs: nextAttemptAt.getTime() });
  }

  /** Begins to recall what there is room for, unless it is at it; to be called now and then. */
  run(): void {
    if (this.#running !== undefined) return;
    const ids = this.#jobs.take();
    if (ids.size === 0) return;
    this.#running = this.#recall(ids).finally(() => {
      this.#running = undefined;
    });
  }

  /** Recalls of no further account. Resolves when nothing is being recalled. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #recall(byAccount: Map<string, string[]>): Promise<void> {
    for (const [accountId, jobIds] of byAccount) {
      if (this.#isStopping) return;
      try {
        if ((await recallDeliveries(this.#deps, accountId, jobIds)) > 0) this.#onDue();
      } catch (error) {
        this.#jobs.leave(accountId);
        this.#deps.logger.warn({ err: error }, 'spilled deliveries were not recalled; they return in time');
      }
    }
  }
}
