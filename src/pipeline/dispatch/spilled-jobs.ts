import type { Clock } from '#src/infra/lib/clock.ts';
import { Fifo } from '#src/infra/lib/fifo.ts';
import type { EndpointLane } from './endpoint-lane.ts';

interface SpilledJob {
  id: string;
  /** By the wall clock. */
  dueAtMs: number;
}

type Lane = Pick<EndpointLane, 'accountId' | 'forgetReturns' | 'room'>;

interface Spilled {
  jobs: Fifo<SpilledJob>;
  /** How many are taken next at most. */
  batch: number;
}

/** Jobs that a process remembers; an account half of what the others leave. What is beyond returns by its own time. */
const MAX_REMEMBERED = 40_000;
/** Of an account at once. */
const MAX_BATCH = 500;

/**
 * The jobs of what lanes spilled, to be taken when their endpoints are well. The first batch of a lane is of one, and
 * each is twice the one before, up to what the endpoint's window has room for; they begin anew when something is
 * spilled again. So an endpoint that is well for moments only gets fewer deliveries by it than by their own times.
 */
export class SpilledJobs {
  readonly #clock: Clock;
  readonly #lanes = new Map<Lane, Spilled>();
  /** How many jobs are remembered, by account. */
  readonly #byAccount = new Map<string, number>();
  #size = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#size;
  }

  add(lane: Lane, job: SpilledJob): void {
    const ofAccount = this.#byAccount.get(lane.accountId) ?? 0;
    if (ofAccount >= (MAX_REMEMBERED - (this.#size - ofAccount)) / 2) return;
    const spilled = this.#lanes.get(lane) ?? { jobs: new Fifo<SpilledJob>(), batch: 1 };
    this.#lanes.set(lane, spilled);
    spilled.jobs.push(job);
    spilled.batch = 1;
    this.#count(lane, 1);
  }

  /** Removes and answers the ids of the jobs to recall now, by account. */
  take(): Map<string, string[]> {
    const taken = new Map<string, string[]>();
    for (const [lane, spilled] of [...this.#lanes]) {
      const before = taken.get(lane.accountId) ?? [];
      const ids = this.#takeOf(lane, spilled, MAX_BATCH - before.length);
      if (ids.length > 0) taken.set(lane.accountId, [...before, ...ids]);
    }
    return taken;
  }

  #takeOf(lane: Lane, spilled: Spilled, most: number): string[] {
    const { jobs } = spilled;
    const before = jobs.length;
    const ids = this.#shift(jobs, Math.min(lane.room, spilled.batch, most));
    this.#count(lane, jobs.length - before);
    if (ids.length > 0) spilled.batch *= 2;
    // Last in the next turn, unless the limit of its account cut it short.
    if (ids.length > 0 && ids.length < most) {
      this.#lanes.delete(lane);
      this.#lanes.set(lane, spilled);
    }
    if (jobs.length === 0) {
      this.#lanes.delete(lane);
      lane.forgetReturns();
    }
    return ids;
  }

  /** The ids of the first `count`; without those whose time has come, which are on their way. */
  #shift(jobs: Fifo<SpilledJob>, count: number): string[] {
    const nowMs = this.#clock.now();
    const ids: string[] = [];
    for (let job = jobs.first; job !== undefined; job = jobs.first) {
      const isDue = job.dueAtMs <= nowMs;
      if (!isDue && ids.length >= count) break;
      jobs.shift();
      if (!isDue) ids.push(job.id);
    }
    return ids;
  }

  #count({ accountId }: Lane, more: number): void {
    this.#size += more;
    const count = (this.#byAccount.get(accountId) ?? 0) + more;
    if (count === 0) this.#byAccount.delete(accountId);
    else this.#byAccount.set(accountId, count);
  }
}
