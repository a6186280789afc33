import { Batcher } from '../lib/batcher.ts';
import type { Logger } from '../telemetry/logger.ts';
import { CheckingThread } from './checking-thread.ts';
import type { SchemaProblem, SchemaQuestion } from './schema-problem.ts';

/** For one question in the end. Thousands of ordinary ones take less. */
const LIMIT_MS = 1000;
/** For one beside those of others. */
const QUICK_LIMIT_MS = 200;
/** A schema that took too long is not tried again for so long: others wait while it is. */
const REFUSED_MS = 30_000;
/** For so long the questions of an account that held up others are asked apart from theirs. */
const APART_MS = 60_000;
const MOST_REMEMBERED = 1000;
const MAX_BATCH = 50;
/** Each may take the whole limit, and the next account's turn comes after them. */
const MAX_SLOW_BATCH = 5;

/** Whose question it is. */
type Asked = SchemaQuestion & { accountId: string };
/** A promise of one that is asked apart. */
type Answer = SchemaProblem[] | Promise<SchemaProblem[]>;

/**
 * Checks data by providers' schemas, in a thread that is started when the first one asks. An account of which a question
 * takes long is asked apart, in another thread, beside others like it: whatever schemas it thinks up, it holds up nobody
 * else. There, what takes too long is stopped with its thread, and the others' questions are asked again in a new one.
 */
export class SchemaChecker {
  readonly #limitMs: number;
  readonly #quickThread: CheckingThread;
  readonly #slowThread: CheckingThread;
  /** Until when, by schema and by account. */
  readonly #refused = new Map<string, number>();
  readonly #apart = new Map<string, number>();

  readonly #quick = new Batcher<Asked, Answer>({
    flush: (questions) => this.#askQuickly(questions),
    maxItems: MAX_BATCH,
    concurrency: 1,
    delayMs: 0,
    isolates: () => false,
    lineOf: ({ accountId }) => accountId,
  });

  readonly #slow = new Batcher<Asked, SchemaProblem[]>({
    flush: (questions) => this.#askSlowly(questions),
    maxItems: MAX_SLOW_BATCH,
    concurrency: 1,
    delayMs: 0,
    isolates: () => false,
    lineOf: ({ accountId }) => accountId,
  });

  constructor({ logger, limitMs = LIMIT_MS }: { logger: Logger; limitMs?: number }) {
    this.#limitMs = limitMs;
    this.#quickThread = new CheckingThread(logger);
    this.#slowThread = new CheckingThread(logger);
  }

  /** All that is wrong with `data` by `schema`, or with the schema itself. */
  async check(accountId: string, question: SchemaQuestion): Promise<SchemaProblem[]> {
    if (isNow(this.#refused, question.schema)) return [TOO_SLOW];
    return this.#quick.add({ ...question, accountId });
  }

  async close(): Promise<void> {
    await this.#quick.drained();
    await this.#slow.drained();
    await Promise.all([this.#quickThread.end(), this.#slowThread.end()]);
  }

  /** Whose question is not answered quickly, of theirs all that are left are asked apart. */
  async #askQuickly(questions: Asked[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    let open = [...questions.entries()];
    for (;;) {
      open = open.filter(([index, question]) => {
        if (!isNow(this.#apart, question.accountId)) return true;
        const answer = this.#slow.add(question);
        // Who waits for it hears of it; also when these are given up before.
        answer.catch(() => undefined);
        answers[index] = answer;
        return false;
      });
      const stopped = await askAll(this.#quickThread, QUICK_LIMIT_MS, { open, answers });
      if (stopped === undefined) return answers;
      remember(this.#apart, stopped.accountId, APART_MS);
    }
  }

  /** As many answers as there are questions: what stops the thread is answered for, and the rest asked again. */
  async #askSlowly(questions: Asked[]): Promise<SchemaProblem[][]> {
    const answers: SchemaProblem[][] = [];
    let open = [...questions.entries()];
    for (;;) {
      open = open.filter(([index, { schema }]) => {
        if (!isNow(this.#refused, schema)) return true;
        answers[index] = [TOO_SLOW];
        return false;
      });
      const stopped = await askAll(this.#slowThread, this.#limitMs, { open, answers });
      if (stopped === undefined) return answers;
      remember(this.#refused, stopped.schema, REFUSED_MS);
    }
  }
}

/** Writes the answers to what is open; answers the question at which the thread was stopped, and then none of them. */
async function askAll(
  thread: CheckingThread,
  limitMs: number,
  { open, answers }: { open: [number, Asked][]; answers: Answer[] },
): Promise<Asked | undefined> {
  if (open.length === 0) return undefined;
  const asked = open.map(([, question]) => question);
  const result = await thread.ask(asked, limitMs);
  if ('stoppedAt' in result) return asked[result.stoppedAt];
  for (const [at, [index]] of open.entries()) answers[index] = result.answers[at] ?? [];
  return undefined;
}

function remember(untils: Map<string, number>, key: string, forMs: number): void {
  if (untils.size >= MOST_REMEMBERED) untils.clear();
  untils.set(key, performance.now() + forMs);
}

function isNow(untils: Map<string, number>, key: string): boolean {
  const until = untils.get(key);
  if (until === undefined) return false;
  if (until > performance.now()) return true;
  untils.delete(key);
  return false;
}

const TOO_SLOW: SchemaProblem = {
  of: 'schema',
  path: '',
  message: 'takes too long to check: make it simpler',
};
