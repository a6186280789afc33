import { Worker } from 'node:worker_threads';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type { Asked, CheckerSetup, CheckingLimits, Questions, SchemaProblem } from './schema-problem.ts';

/** Null: the time of its account was up before. */
type Answers = (SchemaProblem[] | null)[];

const MEMORY_MB = 128;

interface Started {
  worker: Worker;
  progress: Int32Array;
}

/** A thread that checks data by schemas; started when it is first asked, and anew after it was stopped. */
export class CheckingThread {
  readonly #logger: Logger;
  readonly #cpuMsOf: (worker: Worker) => Promise<number>;
  #started: Promise<Started> | undefined;

  constructor(logger: Logger, cpuMsOf = processorMsOf) {
    this.#logger = logger;
    this.#cpuMsOf = cpuMsOf;
  }

  /**
   * The answers to all, or at which question the thread was stopped: because it took more than `limitMs` of processor time, of
   * which a busy machine gives it less in the same while, or all memory.
   */
  async ask(
    questions: Asked[],
    { limitMs, accountMs }: CheckingLimits,
  ): Promise<{ answers: Answers } | { stoppedAt: number }> {
    const { worker, progress } = await (this.#started ??= this.#start());
    Atomics.store(progress, 0, 0);
    const { promise, resolve } = Promise.withResolvers<Answers | null>();
    const stopped = () => resolve(null);
    let seen = { at: -1, cpuMs: 0 };
    const look = async () => {
      const cpuMs = await this.#cpuMsOf(worker);
      // Looked at now: what was answered meanwhile, and not the question after it, took the time.
      const at = Atomics.load(progress, 0);
      if (at !== seen.at) seen = { at, cpuMs };
      else if (cpuMs - seen.cpuMs > limitMs) stopped();
    };
    // A thread that has ended has no time; it says so itself.
    const watch = setInterval(() => void look().catch(() => undefined), limitMs / 2);
    worker.once('message', resolve).once('exit', stopped);
    worker.postMessage({ questions, accountMs } satisfies Questions);
    const answers = await promise;
    clearInterval(watch);
    worker.off('message', resolve).off('exit', stopped);
    if (answers !== null) return { answers };
    const stoppedAt = Math.min(Atomics.load(progress, 0), questions.length - 1);
    await this.end();
    this.#logger.warn('a schema took too long, or too much memory, and was stopped');
    return { stoppedAt };
  }

  async end(): Promise<void> {
    const started = await this.#started;
    await started?.worker.terminate();
  }

  async #start(): Promise<Started> {
    const progress = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const worker = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData: { progress } satisfies CheckerSetup,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB, stackSizeMb: 4 },
      // None of the environment, where our secrets are, and none of our flags.
      env: {},
      execArgv: [],
    });
    // A thread that ran out of memory says so, and ends.
    worker.on('error', (error) => {
      this.#logger.warn({ err: error }, 'the thread that checks schemas ended');
    });
    worker.unref();
    await new Promise<void>((resolve, reject) => {
      worker
        .once('message', () => {
          resolve();
        })
        .once('exit', () => {
          reject(new Error('The thread that checks schemas could not start'));
        });
    }).catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    // Also between two questions, when nobody waits for it.
    worker.once('exit', () => {
      this.#started = undefined;
    });
    return { worker, progress: new Int32Array(progress) };
  }
}

async function processorMsOf(worker: Worker): Promise<number> {
  const { user, system } = await worker.cpuUsage();
  return (user + system) / 1000;
}
