import { Worker } from 'node:worker_threads';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import type {
  AccountQuestion,
  CheckerSetup,
  CheckingLimits,
  Questions,
  SchemaProblem,
} from './schema-problem.ts';

/** One answer a question; null when the account had used up its processor time before. */
type Answers = (SchemaProblem[] | null)[];

const MEMORY_MB = 128;

interface Started {
  worker: Worker;
  /** Its only element is the index of the question that the thread is checking. */
  progress: Int32Array;
}

/**
 * A worker thread that validates data by schemas. It starts with the first question, and again after it was stopped.
 */
export class CheckingThread {
  readonly #logger: Logger;
  readonly #cpuMsOf: (worker: Worker) => Promise<number>;
  #started: Promise<Started> | undefined;

  constructor(logger: Logger, cpuMsOf = processorMsOf) {
    this.#logger = logger;
    this.#cpuMsOf = cpuMsOf;
  }

  /**
   * Answers all questions, or the index of the question at which the thread was stopped or ended. It is stopped when
   * one question takes more than `limitMs` of processor time (not wall time, which grows on a busy machine) and ends
   * when it runs out of memory. Rejects when the thread cannot start. One call at a time.
   */
  async ask(
    questions: AccountQuestion[],
    { limitMs, accountMs }: CheckingLimits,
  ): Promise<{ answers: Answers } | { stoppedAt: number }> {
    const { worker, progress } = await (this.#started ??= this.#start());
    Atomics.store(progress, 0, 0);
    const { promise, resolve } = Promise.withResolvers<Answers | null>();
    const stopped = () => resolve(null);
    let seen = { at: -1, cpuMs: 0 };
    const sampleCpuTime = async () => {
      const cpuMs = await this.#cpuMsOf(worker);
      // Read after the processor time, because a question that was answered in between has used that time.
      const at = Atomics.load(progress, 0);
      if (at !== seen.at) seen = { at, cpuMs };
      else if (cpuMs - seen.cpuMs > limitMs) stopped();
    };
    // Reading the processor time of an ended thread fails; its `exit` event ends the wait.
    const watch = setInterval(() => void sampleCpuTime().catch(() => undefined), limitMs / 2);
    worker.once('message', resolve).once('exit', stopped);
    worker.postMessage({ questions, accountMs } satisfies Questions);
    const answers = await promise;
    clearInterval(watch);
    worker.off('message', resolve).off('exit', stopped);
    if (answers !== null) return { answers };
    const stoppedAt = Math.min(Atomics.load(progress, 0), questions.length - 1);
    await this.end();
    this.#logger.warn('a schema check took too long or too much memory; its thread was stopped');
    return { stoppedAt };
  }

  /** Ends the thread; the next question starts a new one. */
  async end(): Promise<void> {
    const started = await this.#started;
    await started?.worker.terminate();
  }

  async #start(): Promise<Started> {
    const progress = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const worker = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData: { progress } satisfies CheckerSetup,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB, stackSizeMb: 4 },
      // The thread gets no environment, because it contains our secrets, and none of our flags.
      env: {},
      execArgv: [],
    });
    // Emitted before `exit`, for example when the thread runs out of memory.
    worker.on('error', (error) => {
      this.#logger.warn({ err: error }, 'the schema thread failed');
    });
    worker.unref();
    await new Promise<void>((resolve, reject) => {
      worker
        .once('message', () => {
          resolve();
        })
        .once('exit', () => {
          reject(new Error('The schema thread could not start'));
        });
    }).catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    // The thread may also end between two questions.
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
