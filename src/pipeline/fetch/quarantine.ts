import type { PoolClient } from 'pg';
import type { Lease } from '#src/domain/deliveries/lease.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { type DeliveryJobData, MAX_DEATHS } from '#src/infra/queue/jobs.ts';

interface Dependencies {
  clock: Clock;
  logger: Logger;
  park: (job: DeliveryJobData, client: PoolClient) => Promise<void>;
}

interface Admitted {
  now: DeliveryJobData[];
  /** To insert again, due in {@link SUSPECT_PAUSE_SECONDS}. */
  later: DeliveryJobData[];
}

/** For how long a suspect keeps others away at most; what kills a process does so sooner. */
const MAX_SUSPECT_MS = 5000;
export const SUSPECT_PAUSE_SECONDS = 1;

/**
 * Finds the jobs that kill processes. What is in memory beside such a job dies with it, so a job that two processes
 * died with is a suspect: a process has one suspect at a time. A suspect that dies is split into single messages or
 * deliveries, and one of these that dies is parked.
 */
export class Quarantine {
  readonly #deps: Dependencies;
  #suspect: { lease: Lease; untilMs: number } | undefined;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Chooses among the jobs that `client` fetched. Those that it parks are in neither list. */
  async admit(jobs: DeliveryJobData[], client: PoolClient): Promise<Admitted> {
    const admitted: Admitted = { now: jobs.filter((job) => !isSuspect(job)), later: [] };
    let isTaken = this.#isOccupied();
    for (const job of jobs.filter(isSuspect)) {
      const singles = singlesOf(job);
      if ((job.deaths ?? 0) < MAX_DEATHS) {
        admitted[isTaken ? 'later' : 'now'].push(job);
        isTaken = true;
      } else if (singles.length > 1) {
        admitted.later.push(...singles.map((single) => ({ ...single, deaths: MAX_DEATHS - 1 })));
      } else {
        admitted.later.push(...(await this.#park(job, client)));
      }
    }
    return admitted;
  }

  /** Tells of a lease that this process is about to load. */
  watch(lease: Lease): void {
    if (isSuspect(lease.data))
      this.#suspect = { lease, untilMs: this.#deps.clock.monotonicNow() + MAX_SUSPECT_MS };
  }

  /** Answers the job when it could not be parked, because a fetch that fails would keep all others from being sent. */
  async #park(job: DeliveryJobData, client: PoolClient): Promise<DeliveryJobData[]> {
    await client.query('savepoint parking');
    try {
      await this.#deps.park(job, client);
      return [];
    } catch (error) {
      await client.query('rollback to savepoint parking');
      this.#deps.logger.error({ err: error, job }, 'a job could not be parked; trying again');
      return [job];
    }
  }

  #isOccupied(): boolean {
    const suspect = this.#suspect;
    return (
      suspect !== undefined &&
      suspect.lease.outstanding > 0 &&
      this.#deps.clock.monotonicNow() < suspect.untilMs
    );
  }
}

const isSuspect = ({ deaths = 0 }: DeliveryJobData) => deaths >= MAX_DEATHS - 1;

/** A job for each message, or each single delivery, that the job names. */
function singlesOf({ messages = [], deliveries = [], ...marks }: DeliveryJobData): DeliveryJobData[] {
  const ofMessages = messages.flatMap(({ messageIds, ...group }) =>
    messageIds.map((id) => ({ ...marks, messages: [{ ...group, messageIds: [id] }] })),
  );
  return [...ofMessages, ...deliveries.map((delivery) => ({ ...marks, deliveries: [delivery] }))];
}
