import type { Logger } from '#src/infra/telemetry/logger.ts';
import { type Run, RUN_LIMITS, type RunResult } from './run.ts';
import { RunQueue } from './run-queue.ts';
import { SandboxThread } from './sandbox-thread.ts';

const THREADS = 2;
/** Runs of an account at once, so that one thread is left for others. */
const AT_ONCE = 1;
/** An account with a run of more processor time moves to the isolation thread, and this run begins there anew. */
const SLOW_MS = 200;
/** Below the event loop, and that of the isolation thread below the others. */
const NICENESS = { shared: 10, isolated: 15 };
const ISOLATED_FOR_MS = 60_000;
const MAX_ISOLATED = 10_000;
/** Of an account. */
const MAX_WAITING = 500;
const MAX_WAIT_MS = 10_000;

type Thread = Pick<SandboxThread, 'run' | 'end'>;

interface Options {
  logger: Logger;
  threads?: Thread[];
  isolationThread?: Thread;
}

interface Waiting {
  accountId: string;
  makeRun: () => Run;
  sinceMs: number;
  resolve: (result: RunResult | 'busy' | Promise<RunResult | 'busy'>) => void;
  reject: (error: unknown) => void;
}

/** Threads that serve one queue. */
interface Lane {
  queue: RunQueue<Waiting>;
  idle: Thread[];
}

/**
 * Makes runs of all accounts in a few threads. An account with a run that takes long goes on in one thread for all such
 * accounts, and so does this run, so that it delays only its like.
 */
export class CodeRunner {
  readonly #threads: Thread[];
  readonly #shared: Lane;
  readonly #isolated: Lane;
  /** Until when, by `performance.now()`. */
  readonly #isolatedUntil = new Map<string, number>();

  constructor({ logger, ...given }: Options) {
    const shared =
      given.threads ?? Array.from({ length: THREADS }, () => new SandboxThread(logger, NICENESS.shared));
    const isolation = given.isolationThread ?? new SandboxThread(logger, NICENESS.isolated);
    this.#threads = [...shared, isolation];
    this.#shared = { queue: new RunQueue(AT_ONCE), idle: shared };
    this.#isolated = { queue: new RunQueue(AT_ONCE), idle: [isolation] };
  }

  /**
   * `busy`: too many runs of the account wait, or this one waited too long. `makeRun` is called when a thread is free,
   * because a body takes more memory as a text than as bytes that many runs share. Rejects when no thread can start.
   */
  async run(accountId: string, makeRun: () => Run): Promise<RunResult | 'busy'> {
    return this.#runIn(this.#isIsolated(accountId) ? this.#isolated : this.#shared, accountId, makeRun);
  }

  async #runIn(lane: Lane, accountId: string, makeRun: () => Run): Promise<RunResult | 'busy'> {
    if (lane.queue.waitingOf(accountId) >= MAX_WAITING) return 'busy';
    return new Promise((resolve, reject) => {
      lane.queue.push(accountId, { accountId, makeRun, sinceMs: performance.now(), resolve, reject });
      this.#serve(lane);
    });
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  #serve(lane: Lane): void {
    while (lane.idle.length > 0) {
      const next = lane.queue.shift();
      if (next === undefined) return;
      if (this.#answersUnrun(lane, next)) {
        lane.queue.end(next.accountId, 0);
        continue;
      }
      const thread = lane.idle.pop();
      if (thread !== undefined) void this.#make(lane, next, thread);
    }
  }

  /** Whether the run needs no thread of the lane: its account has moved meanwhile, or it waited too long. */
  #answersUnrun(lane: Lane, { accountId, makeRun, sinceMs, resolve }: Waiting): boolean {
    if (lane === this.#shared && this.#isIsolated(accountId)) {
      resolve(this.#runIn(this.#isolated, accountId, makeRun));
      return true;
    }
    if (performance.now() - sinceMs <= MAX_WAIT_MS) return false;
    resolve('busy');
    return true;
  }

  async #make(lane: Lane, { accountId, makeRun, resolve, reject }: Waiting, thread: Thread): Promise<void> {
    const isShared = lane === this.#shared;
    let usedMs = 0;
    try {
      const result = await thread.run(makeRun(), isShared ? SLOW_MS : RUN_LIMITS.cpuMs);
      usedMs = result.cpuMs;
      const isSlow = usedMs > SLOW_MS;
      if (isSlow) this.#isolate(accountId);
      // A run without I/O can be made again.
      resolve(isSlow && isShared ? this.#runIn(this.#isolated, accountId, makeRun) : result);
    } catch (error) {
      reject(error);
    } finally {
      lane.queue.end(accountId, usedMs);
      lane.idle.push(thread);
      this.#serve(lane);
    }
  }

  #isolate(accountId: string): void {
    if (this.#isolatedUntil.size >= MAX_ISOLATED) this.#isolatedUntil.clear();
    this.#isolatedUntil.set(accountId, performance.now() + ISOLATED_FOR_MS);
  }

  #isIsolated(accountId: string): boolean {
    const until = this.#isolatedUntil.get(accountId);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.#isolatedUntil.delete(accountId);
    return false;
  }
}
