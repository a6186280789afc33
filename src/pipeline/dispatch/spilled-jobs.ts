import type { Clock } from '#src/infra/lib/clock.ts';
import { Fifo } from '#src/infra/lib/fifo.ts';
import type { EndpointLane } from './endpoint-lane.ts';

interface SpilledJob {
  id: string;
  /** By the wall clock. */
  dueAtMs: number;
}

type Lane = Pick<EndpointLane, 'accountId' | 'forgetReturns' | 'isUnasked' | 'room'>;

interface Spilled {
  jobs: Fifo<SpilledJob>;
  /** How many are taken next at most. */
  batch: number;
  /** When the last of those that were taken last would return. */
  takenUntilMs: number;
  /** When the last of those returns that are not remembered, by its own time. */
  othersUntilMs: number;
  /** From when on, by the monotonic clock, the endpoint may be asked by one; how long after that by the next. */
  askAtMs: number;
  askEveryMs: number;
}

const makeSpilled = (): Spilled => ({
  jobs: new Fifo<SpilledJob>(),
  batch: 1,
  takenUntilMs: 0,
  othersUntilMs: 0,
  askAtMs: 0,
  askEveryMs: FIRST_ASK_MS,
});

/** Jobs that a process remembers; an account half of what the others leave. What is beyond returns by its own time. */
const MAX_REMEMBERED = 40_000;
/** Of an account at once. */
const MAX_BATCH = 500;
/** An endpoint is asked so long after it spilled last, and then after twice as long each time. */
const FIRST_ASK_MS = 5000;
const MAX_ASK_MS = 60_000;

/**
 * The jobs of what lanes spilled, to be taken when their endpoints are well. The first batch of a lane is of one, and
 * each is twice the one before, up to what the endpoint's window has room for; they begin anew when something is
 * spilled again. So an endpoint that is well for moments only gets fewer deliveries by it than by their own times.
 *
 * An endpoint that was not well, and to which this process has nothing else to send, is asked by one of them now and
 * then: else nobody here would learn that it is well again.
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
    const spilled = this.#lanes.get(lane) ?? makeSpilled();
    this.#lanes.set(lane, spilled);
    const ofAccount = this.#byAccount.get(lane.accountId) ?? 0;
    if (ofAccount >= (MAX_REMEMBERED - (this.#size - ofAccount)) / 2) {
      spilled.othersUntilMs = Math.max(spilled.othersUntilMs, job.dueAtMs);
      return;
    }
    spilled.jobs.push(job);
    spilled.batch = 1;
    spilled.askEveryMs = FIRST_ASK_MS;
    spilled.askAtMs = this.#clock.monotonicNow() + FIRST_ASK_MS;
    this.#count(lane, 1);
  }

  /**
   * Removes and answers the ids of the jobs to recall now, by account; to be called when those taken before are due, or
   * were left. Tells the lanes of which all are back.
   */
  take(): Map<string, string[]> {
    const taken = new Map<string, string[]>();
    for (const [lane, spilled] of [...this.#lanes]) {
      if (spilled.jobs.length === 0) this.#end(lane, spilled);
      const before = taken.get(lane.accountId) ?? [];
      const ids = this.#takeOf(lane, spilled, MAX_BATCH - before.length);
      if (ids.length > 0) taken.set(lane.accountId, [...before, ...ids]);
    }
    return taken;
  }

  /** Tells that the jobs of the account that were taken last return by their own times. */
  leave(accountId: string): void {
    for (const [lane, spilled] of this.#lanes) {
      if (lane.accountId === accountId)
        spilled.othersUntilMs = Math.max(spilled.othersUntilMs, spilled.takenUntilMs);
    }
  }

  /** What is spilled next returns behind those that still return by their own times, so that they stay apart. */
  #end(lane: Lane, { othersUntilMs }: Spilled): void {
    if (othersUntilMs > this.#clock.now()) return;
    this.#lanes.delete(lane);
    lane.forgetReturns();
  }

  #takeOf(lane: Lane, spilled: Spilled, most: number): string[] {
    const { jobs } = spilled;
    const before = jobs.length;
    const { room } = lane;
    const isAsking = room === 0 && lane.isUnasked && this.#clock.monotonicNow() >= spilled.askAtMs;
    const taken = this.#shift(jobs, Math.min(isAsking ? 1 : room, spilled.batch, most));
    this.#count(lane, jobs.length - before);
    spilled.takenUntilMs = Math.max(0, ...taken.map(({ dueAtMs }) => dueAtMs));
    if (isAsking && taken.length > 0) {
      spilled.askEveryMs = Math.min(MAX_ASK_MS, 2 * spilled.askEveryMs);
      spilled.askAtMs = this.#clock.monotonicNow() + spilled.askEveryMs;
    } else if (taken.length > 0) spilled.batch *= 2;
    // Last in the next turn, unless the limit of its account cut it short.
    if (taken.length > 0 && taken.length < most) {
      this.#lanes.delete(lane);
      this.#lanes.set(lane, spilled);
    }
    return taken.map(({ id }) => id);
  }

  /** The first `count`; without those whose time has come, which are on their way. */
  #shift(jobs: Fifo<SpilledJob>, count: number): SpilledJob[] {
    const nowMs = this.#clock.now();
    const taken: SpilledJob[] = [];
    for (let job = jobs.first; job !== undefined; job = jobs.first) {
      const isDue = job.dueAtMs <= nowMs;
      if (!isDue && taken.length >= count) break;
      jobs.shift();
      if (!isDue) taken.push(job);
    }
    return taken;
  }

  #count({ accountId }: Lane, more: number): void {
    this.#size += more;
    const count = (this.#byAccount.get(accountId) ?? 0) + more;
    if (count === 0) this.#byAccount.delete(accountId);
    else this.#byAccount.set(accountId, count);
  }
}
