import cluster, { type Worker } from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { createLogger, type Logger } from '#src/infra/telemetry/logger.ts';
import { READY, STOP } from './group-member.ts';

interface Options {
  count: number;
  /** Variables of one process, beside those of this one; `number` is 1 for the first. */
  envOf: (number: number) => NodeJS.ProcessEnv;
  /** What each runs; the program of this process unless it is given. */
  program?: string;
  logLevel: string;
  /** Before the first that died is replaced; twice as long for each short life. */
  minBackoffMs?: number;
}

/** A process that ends sooner is replaced later each time. */
const LONG_LIFE_MS = 60_000;
const MIN_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 30_000;
/** So many failed starts in a row, while no other process runs, end the group. */
const MAX_FAILED_STARTS = 5;

/** One process of the group. */
interface Member {
  worker: Worker;
  /** Rejects with {@link CannotStart} when it ended before. */
  ready: Promise<unknown>;
  ended: Promise<unknown>;
}

/**
 * Processes of one program that share a listening socket, which this process keeps open: a connection that waits is
 * lost with none of them. Each takes connections itself, because one on its way from here hangs when its receiver dies.
 * One that dies is replaced.
 */
export class ProcessGroup {
  readonly #options: Options;
  readonly #logger: Logger;
  readonly #members = new Set<Member>();
  readonly #ready = new Set<Member>();
  readonly #stopping = new AbortController();
  readonly #failure = Promise.withResolvers<never>();
  /** Rejects with {@link CannotStart} when all have died and none starts any more. */
  readonly failed = this.#failure.promise;

  constructor(options: Options) {
    this.#options = options;
    this.#logger = createLogger(options.logLevel);
    this.failed.catch(() => undefined);
  }

  /** Resolves when all are ready. Stops them and throws {@link CannotStart} when one ends before; it has said why. */
  async start(): Promise<void> {
    const { count, program } = this.#options;
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    if (program !== undefined) cluster.setupPrimary({ exec: program });
    // At a second signal, or when a stop takes too long.
    process.once('exit', () => {
      for (const { worker } of this.#members) worker.process.kill('SIGKILL');
    });
    const first = Array.from({ length: count }, (_, index) => this.#fork(index + 1));
    try {
      await Promise.all(first.map(({ ready }) => ready));
    } catch (error) {
      await this.stop();
      throw error;
    }
    for (const [index, member] of first.entries()) void this.#keepRunning(index + 1, member);
  }

  /** Stops all, each as at a signal. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const ends = [...this.#members].map(({ worker, ended }) => {
      if (worker.isConnected()) worker.send(STOP);
      return ended;
    });
    await Promise.all(ends);
  }

  /** Replaces the process each time that it has ended. */
  async #keepRunning(number: number, first: Member): Promise<void> {
    let member = first;
    let failedStarts = 0;
    let shortLives = 0;
    for (;;) {
      const startedAtMs = performance.now();
      const isReady = await member.ready.then(
        () => true,
        () => false,
      );
      await member.ended;
      if (this.#stopping.signal.aborted) return;
      failedStarts = isReady ? 0 : failedStarts + 1;
      shortLives = performance.now() - startedAtMs < LONG_LIFE_MS ? shortLives + 1 : 0;
      if (failedStarts >= MAX_FAILED_STARTS && this.#ready.size === 0) break;
      if (!(await this.#backOff(number, { member, shortLives }))) return;
      member = this.#fork(number);
    }
    this.#failure.reject(new CannotStart('No process runs any more, and none starts: see above.'));
  }

  /** Waits before the next start. Returns false when the group stops meanwhile. */
  async #backOff(
    number: number,
    { member, shortLives }: { member: Member; shortLives: number },
  ): Promise<boolean> {
    const { minBackoffMs = MIN_BACKOFF_MS } = this.#options;
    const waitMs = Math.min(MAX_BACKOFF_MS, minBackoffMs * 2 ** shortLives);
    const { exitCode, signalCode } = member.worker.process;
    this.#logger.error({ number, exitCode, signalCode, waitMs }, 'a process died and is replaced');
    return pause(waitMs, true, { signal: this.#stopping.signal }).catch(() => false);
  }

  #fork(number: number): Member {
    const worker = cluster.fork(this.#options.envOf(number));
    const ready = Promise.withResolvers<undefined>();
    const ended = Promise.withResolvers<undefined>();
    ready.promise.catch(() => undefined);
    const member: Member = { worker, ready: ready.promise, ended: ended.promise };
    this.#members.add(member);
    worker.on('message', (message: unknown) => {
      if (message !== READY) return;
      this.#ready.add(member);
      ready.resolve(undefined);
    });
    const end = (code: number | null) => {
      this.#members.delete(member);
      this.#ready.delete(member);
      const exitCode = code === null || code === 0 ? 1 : code;
      const reason = `Process ${String(number)} ended while it was starting: see above.`;
      ready.reject(new CannotStart(reason, { exitCode }));
      ended.resolve(undefined);
    };
    worker.on('exit', end);
    worker.on('error', () => {
      // Else it is of a message to one that has just died.
      if (worker.process.pid === undefined) end(null);
    });
    return member;
  }
}
