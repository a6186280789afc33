import { Worker } from 'node:worker_threads';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { failed, type Run, RUN_LIMITS, type RunResult, type ThreadAnswer, TOO_SLOW } from './run.ts';

/** A run that the sandbox cannot interrupt, because it is inside of a built-in function, ends with its thread. */
const STOPPED_AFTER_MS = 2 * RUN_LIMITS.cpuMs;
/** Of the thread beside the sandbox, whose memory is not on this heap. */
const HEAP_MB = 64;

/** A worker thread that makes runs. It starts with the first one, and again after it ended. */
export class SandboxThread {
  readonly #logger: Logger;
  #worker: Promise<Worker> | undefined;
  /** Processor time of the thread when it answered last. */
  #threadCpuMs = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** One call at a time. A run that ends the thread has failed. Rejects when the thread cannot start. */
  async run(run: Run): Promise<RunResult> {
    const worker = await (this.#worker ??= this.#start());
    const { promise, resolve } = Promise.withResolvers<RunResult | null>();
    const stopped = () => {
      resolve(null);
    };
    const answered = ({ result, threadCpuMs }: ThreadAnswer) => {
      this.#threadCpuMs = threadCpuMs;
      resolve(result);
    };
    const begunMs = this.#threadCpuMs;
    // By processor time and not wall time, which grows on a busy machine. A thread is asked for it only in a long run,
    // because that interrupts it. The `exit` event ends the wait for one that has ended.
    const watch = setInterval(() => {
      void cpuMsOf(worker).then((nowMs) => {
        if (nowMs - begunMs > STOPPED_AFTER_MS) stopped();
      }, stopped);
    }, RUN_LIMITS.cpuMs);
    worker.once('message', answered).once('exit', stopped);
    worker.postMessage(run);
    const result = await promise;
    clearInterval(watch);
    worker.off('message', answered).off('exit', stopped);
    if (result !== null) return result;
    await this.end();
    this.#logger.warn('a transformation ended its thread');
    return { console: [], cpuMs: STOPPED_AFTER_MS, outcome: failed(TOO_SLOW) };
  }

  /** Ends the thread; the next run starts a new one. */
  async end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    // One that could not start has no worker.
    await worker?.then((started) => started.terminate()).catch(() => undefined);
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(new URL('./thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, stackSizeMb: 4 },
      // The thread gets no environment, because it contains our secrets, and none of our flags.
      env: {},
      execArgv: [],
      // The engine prints when it breaks, which the result tells.
      stderr: true,
    });
    worker.stderr.resume();
    worker.on('error', (error) => {
      this.#logger.warn({ err: error }, 'a thread of transformations failed');
    });
    worker.unref();
    try {
      await new Promise<void>((resolve, reject) => {
        worker.once('message', ({ threadCpuMs }: ThreadAnswer) => {
          this.#threadCpuMs = threadCpuMs;
          resolve();
        });
        worker.once('exit', () => {
          reject(new Error('The thread of transformations could not start'));
        });
      });
    } catch (error) {
      this.#worker = undefined;
      throw error;
    }
    // The thread may also end between two runs.
    const starting = this.#worker;
    worker.once('exit', () => {
      if (this.#worker === starting) this.#worker = undefined;
    });
    return worker;
  }
}

async function cpuMsOf(worker: Worker): Promise<number> {
  const { user, system } = await worker.cpuUsage();
  return (user + system) / 1000;
}
