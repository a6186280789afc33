import { Worker } from 'node:worker_threads';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { failed, type Run, type RunResult, type ThreadAnswer, type ThreadRequest, TOO_SLOW } from './run.ts';

/** A run that the sandbox did not end at its limit ends with its thread so much later; loading the engine counts. */
const GRACE_MS = 200;
/** Between looks at the thread of a run that should be over. */
const LOOK_MS = 50;
/** Of the thread beside the sandbox, whose memory is not on this heap. */
const HEAP_MB = 64;

/** A worker thread that makes runs. It starts with the first one, and again after it ended. */
export class SandboxThread {
  readonly #logger: Logger;
  #worker: Promise<Worker> | undefined;
  /** Processor time of the thread when it answered last. */
  #threadCpuMs = 0;
  readonly #niceness: number;

  /** `niceness`: its priority, where threads have one; from 0 to 19, which goes last. */
  constructor(logger: Logger, niceness: number) {
    this.#logger = logger;
    this.#niceness = niceness;
  }

  /**
   * Results of the first run at least; those beyond the results were not made, because these took long. One call at a
   * time. `limitMs`: processor time that each run may take; one that takes more has failed, and says so by its `cpuMs`.
   * All say so when the thread had to be ended, because any may be the one. Rejects when the thread cannot start.
   */
  async run(runs: Run[], limitMs: number): Promise<RunResult[]> {
    const worker = await (this.#worker ??= this.#start());
    const { promise, resolve } = Promise.withResolvers<RunResult[] | null>();
    const stopped = () => {
      resolve(null);
    };
    const answered = ({ results, threadCpuMs }: ThreadAnswer) => {
      this.#threadCpuMs = threadCpuMs;
      resolve(results);
    };
    const begunMs = this.#threadCpuMs;
    const endedAfterMs = limitMs + GRACE_MS;
    // By processor time and not wall time, which grows on a busy machine. A thread is asked for it only in a long run,
    // because that interrupts it. The `exit` event ends the wait for one that has ended.
    let watch: NodeJS.Timeout | undefined;
    const lookIn = (ms: number) => {
      watch = setTimeout(() => {
        void cpuMsOf(worker).then((nowMs) => {
          if (nowMs - begunMs > endedAfterMs) stopped();
          else if (watch !== undefined) lookIn(LOOK_MS);
        }, stopped);
      }, ms);
    };
    lookIn(limitMs);
    worker.once('message', answered).once('exit', stopped);
    worker.postMessage({ runs, limitMs } satisfies ThreadRequest);
    const results = await promise;
    clearTimeout(watch);
    watch = undefined;
    worker.off('message', answered).off('exit', stopped);
    if (results !== null) return results;
    await this.end();
    this.#logger.warn('a transformation ended its thread');
    return runs.map(() => ({ console: [], cpuMs: endedAfterMs, outcome: failed(TOO_SLOW) }));
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
      workerData: this.#niceness,
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
