import { Worker } from 'node:worker_threads';
import { Batcher } from '../lib/batcher.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { CheckerSetup, SchemaProblem, SchemaQuestion } from './schema-problem.ts';

/** For one question. Thousands of ordinary ones take less. */
const LIMIT_MS = 1000;
/** A schema that took too long is not tried again for so long: others wait while it is. */
const REFUSED_MS = 30_000;
const MOST_REFUSED = 1000;
const MEMORY_MB = 128;
const MAX_BATCH = 200;

interface Thread {
  worker: Worker;
  progress: Int32Array;
}

/**
 * Checks data by providers' schemas, in a thread that is started when the first one asks. Whatever takes too long is
 * stopped with its thread, and the others' questions are asked again in a new one.
 */
export class SchemaChecker {
  readonly #logger: Logger;
  readonly #limitMs: number;
  readonly #refused = new Map<string, number>();
  #thread: Promise<Thread> | undefined;

  readonly #batcher = new Batcher<SchemaQuestion, SchemaProblem[]>({
    flush: (questions) => this.#ask(questions),
    maxItems: MAX_BATCH,
    concurrency: 1,
    delayMs: 0,
    isolates: () => false,
  });

  constructor({ logger, limitMs = LIMIT_MS }: { logger: Logger; limitMs?: number }) {
    this.#logger = logger;
    this.#limitMs = limitMs;
  }

  /** All that is wrong with `data` by `schema`, or with the schema itself. */
  async check(question: SchemaQuestion): Promise<SchemaProblem[]> {
    return this.#isRefused(question.schema) ? [TOO_SLOW] : this.#batcher.add(question);
  }

  async close(): Promise<void> {
    await this.#batcher.drained();
    await this.#end();
  }

  /** As many answers as there are questions: what stops the thread is answered for, and the rest asked again. */
  async #ask(questions: SchemaQuestion[]): Promise<SchemaProblem[][]> {
    const open = questions.map((_, index) => index);
    const answers: SchemaProblem[][] = [];
    while (open.length > 0) {
      const asked = questions.filter((_, index) => open.includes(index));
      const result = await this.#askOnce(asked);
      if ('answers' in result) {
        for (const [at, index] of open.entries()) answers[index] = result.answers[at] ?? [];
        return answers;
      }
      const [guilty = 0] = open.splice(result.stoppedAt, 1);
      answers[guilty] = [TOO_SLOW];
      this.#refuse(questions[guilty]?.schema ?? '');
    }
    return answers;
  }

  async #askOnce(
    questions: SchemaQuestion[],
  ): Promise<{ answers: SchemaProblem[][] } | { stoppedAt: number }> {
    const { worker, progress } = await (this.#thread ??= this.#start());
    Atomics.store(progress, 0, 0);
    const { promise, resolve } = Promise.withResolvers<SchemaProblem[][] | null>();
    const stopped = () => resolve(null);
    let seen = -1;
    const watch = setInterval(() => {
      const at = Atomics.load(progress, 0);
      if (at === seen) stopped();
      seen = at;
    }, this.#limitMs);
    worker.once('message', resolve).once('exit', stopped);
    worker.postMessage(questions);
    const answers = await promise;
    clearInterval(watch);
    worker.off('message', resolve).off('exit', stopped);
    if (answers !== null) return { answers };
    await this.#end();
    this.#logger.warn('a schema took too long, or too much memory, and was stopped');
    return { stoppedAt: Math.min(Atomics.load(progress, 0), questions.length - 1) };
  }

  async #start(): Promise<Thread> {
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
      this.#thread = undefined;
      throw error;
    });
    return { worker, progress: new Int32Array(progress) };
  }

  async #end(): Promise<void> {
    const thread = await this.#thread;
    this.#thread = undefined;
    await thread?.worker.terminate();
  }

  #refuse(schema: string): void {
    if (this.#refused.size >= MOST_REFUSED) this.#refused.clear();
    this.#refused.set(schema, performance.now() + REFUSED_MS);
  }

  #isRefused(schema: string): boolean {
    const until = this.#refused.get(schema);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.#refused.delete(schema);
    return false;
  }
}

const TOO_SLOW: SchemaProblem = {
  of: 'schema',
  path: '',
  message: 'takes too long to check: make it simpler',
};
