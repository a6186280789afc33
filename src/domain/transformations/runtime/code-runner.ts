import type { Logger } from '#src/infra/telemetry/logger.ts';
import { type Run, RUN_LIMITS, type RunResult } from './run.ts';
import { RunQueue } from './run-queue.ts';
import { SandboxThread } from './sandbox-thread.ts';

const THREADS = 2;
/** Runs of an account that go to a thread together, because to wake it takes longer than a short one; their texts. */
const TOGETHER = 16;
const TOGETHER_CHARACTERS = 64 * 1024;
/** An account with a run of more processor time moves to the isolation thread, and this run begins there anew. */
const SLOW_MS = 200;
/** Below the event loop, and that of the isolation thread below the others. */
const NICENESS = { shared: 10, isolated: 15 };
const ISOLATED_FOR_MS = 60_000;
const MAX_ISOLATED = 10_000;
/** Of an account: more than it has in flight, so that a message to many endpoints waits here, not in the database. */
const MAX_WAITING = 1024;
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
    this.#shared = { queue: new RunQueue(), idle: shared };
    this.#isolated = { queue: new RunQueue(), idle: [isolation] };
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

  async #make(lane: Lane, first: Waiting, thread: Thread): Promise<void> {
    const { accountId } = first;
    const isShared = lane === this.#shared;
    let usedMs = 0;
    let alsoRun = 0;
    try {
      const { together, runs } = isShared
        ? this.#together(first)
        : { together: [first], runs: [first.makeRun()] };
      const results = await thread.run(runs, isShared ? SLOW_MS : RUN_LIMITS.cpuMs);
      alsoRun = results.length - 1;
      usedMs = usedBy(results);
      if (results.some(isSlow)) this.#isolate(accountId);
      for (const [index, { makeRun, resolve }] of together.entries()) {
        const result = results[index];
        if (result === undefined) break;
        // A run without I/O can be made again.
        const isAgain = isShared && isSlow(result);
        resolve(isAgain ? this.#runIn(this.#isolated, accountId, makeRun) : result);
      }
    } catch (error) {
      first.reject(error);
    } finally {
      lane.queue.end(accountId, usedMs, alsoRun);
      lane.idle.push(thread);
      this.#serve(lane);
    }
  }

  /** With those that wait behind it. */
  #together(first: Waiting): { together: Waiting[]; runs: Run[] } {
    const together: Waiting[] = [];
    const runs: Run[] = [];
    let characters = 0;
    let next: Waiting | undefined = first;
    while (next !== undefined && runs.length < TOGETHER && characters < TOGETHER_CHARACTERS) {
      const run = this.#made(next, runs.length === 0);
      if (run === undefined) break;
      characters += charactersOf(run);
      together.push(next);
      runs.push(run);
      next = this.#shared.queue.peek(first.accountId, runs.length - 1);
    }
    return { together, runs };
  }

  /** The run; undefined where it cannot be made, unless it is the first, which is rejected. */
  #made({ makeRun }: Waiting, isFirst: boolean): Run | undefined {
    try {
      return makeRun();
    } catch (error) {
      if (isFirst) throw error;
      return undefined;
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

const isSlow = ({ cpuMs }: RunResult): boolean => cpuMs > SLOW_MS;

/** Processor time. When their thread had to be ended, each says all of it, because any may be the one. */
function usedBy(results: RunResult[]): number {
  const slow = results.find(isSlow);
  return slow?.cpuMs ?? results.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

function charactersOf({ code, input }: Run): number {
  if (input === null) return code.length;
  return code.length + input.request.length + input.body.length + input.context.length;
}
