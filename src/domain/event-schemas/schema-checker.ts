import { Batcher } from '#src/infra/lib/batcher.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { CheckingThread } from './checking-thread.ts';
import type { AccountQuestion, CheckingLimits, SchemaProblem, SchemaQuestion } from './schema-problem.ts';

/** Processor time for one question in the isolation thread. Thousands of ordinary questions take less. */
const LIMIT_MS = 1000;
/** Processor time for one question in the shared thread. */
const SHARED_LIMIT_MS = 200;
/** Processor time for the questions of one account in a shared batch: enough to compile a dozen schemas. */
const SHARED_ACCOUNT_MS = 500;
/** How long a schema that took too long is refused without a check, because each check delays other accounts. */
const REFUSED_FOR_MS = 30_000;
/** How long an account that delayed others stays in the isolation thread. */
const ISOLATED_FOR_MS = 60_000;
const MAX_REMEMBERED = 1000;
const MAX_BATCH = 50;
/** Small, because each question may take the whole limit while other accounts wait. */
const MAX_ISOLATED_BATCH = 5;

type Thread = Pick<CheckingThread, 'ask' | 'end'>;

interface Options {
  logger: Logger;
  /** Processor time for one question in the isolation thread. */
  limitMs?: number;
  /** Processor time for the questions of one account in a shared batch. */
  sharedAccountMs?: number;
  isolationThread?: Thread;
}

/** A promise when the account was moved to the isolation thread. */
type Answer = SchemaProblem[] | Promise<SchemaProblem[]>;

/**
 * Validates data by providers' schemas in two worker threads. The shared thread checks the questions of all accounts
 * in batches. An account that uses too much processor time there is moved to the isolation thread for a minute, so
 * that its schemas delay only accounts like it. A question that takes too long there ends the thread; the other
 * questions of the batch are asked again in a new one.
 */
export class SchemaChecker {
  readonly #limitMs: number;
  readonly #sharedAccountMs: number;
  readonly #sharedThread: Thread;
  readonly #isolationThread: Thread;
  /** Schemas that are refused and accounts that are isolated, each with its end by `performance.now()`. */
  readonly #refusedSchemas = new Map<string, number>();
  readonly #isolatedAccounts = new Map<string, number>();

  readonly #shared = new Batcher<AccountQuestion, Answer>({
    flush: (questions) => this.#askShared(questions),
    maxItems: MAX_BATCH,
    concurrency: 1,
    delayMs: 0,
    isolates: () => false,
    keyOf: ({ accountId }) => accountId,
  });

  readonly #isolated = new Batcher<AccountQuestion, SchemaProblem[]>({
    flush: (questions) => this.#askIsolated(questions),
    maxItems: MAX_ISOLATED_BATCH,
    concurrency: 1,
    delayMs: 0,
    isolates: () => false,
    keyOf: ({ accountId }) => accountId,
  });

  constructor({ logger, limitMs = LIMIT_MS, sharedAccountMs = SHARED_ACCOUNT_MS, isolationThread }: Options) {
    this.#limitMs = limitMs;
    this.#sharedAccountMs = sharedAccountMs;
    this.#sharedThread = new CheckingThread(logger);
    this.#isolationThread = isolationThread ?? new CheckingThread(logger);
  }

  /**
   * The problems of the data or of the schema itself; none when the data is valid. A question waits while the threads
   * are busy, without a deadline. Fails closed: a schema that takes too long, or that ends the isolation thread, is
   * answered with a problem, and it is refused without a check for {@link REFUSED_FOR_MS}. Rejects when a thread
   * cannot start.
   */
  async check(accountId: string, question: SchemaQuestion): Promise<SchemaProblem[]> {
    if (isActive(this.#refusedSchemas, question.schema)) return [TOO_SLOW];
    return this.#shared.add({ ...question, accountId });
  }

  /** Resolves when all questions are answered and both threads have ended. */
  async close(): Promise<void> {
    await this.#shared.drained();
    await this.#isolated.drained();
    await Promise.all([this.#sharedThread.end(), this.#isolationThread.end()]);
  }

  /** Flushes a shared batch. An account that exceeds a limit is isolated, and its open questions move with it. */
  async #askShared(questions: AccountQuestion[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    let open = [...questions.entries()];
    for (;;) {
      open = open.filter(([index, question]) => {
        if (!isActive(this.#isolatedAccounts, question.accountId)) return true;
        const answer = this.#isolated.add(question);
        // The caller of `check` gets the rejection; this handler covers a batch that fails before it returns.
        answer.catch(() => undefined);
        answers[index] = answer;
        return false;
      });
      const limits = { limitMs: SHARED_LIMIT_MS, accountMs: this.#sharedAccountMs };
      const { blamed, left } = await askAll(this.#sharedThread, limits, { open, answers });
      if (left.length === 0) return answers;
      for (const { accountId } of blamed) remember(this.#isolatedAccounts, accountId, ISOLATED_FOR_MS);
      open = left;
    }
  }

  /**
   * Flushes an isolated batch. A question that ends the thread is answered with a problem, and the rest asked again.
   */
  async #askIsolated(questions: AccountQuestion[]): Promise<SchemaProblem[][]> {
    const answers: SchemaProblem[][] = [];
    let open = [...questions.entries()];
    for (;;) {
      open = open.filter(([index, { schema }]) => {
        if (!isActive(this.#refusedSchemas, schema)) return true;
        answers[index] = [TOO_SLOW];
        return false;
      });
      const limits = { limitMs: this.#limitMs, accountMs: Infinity };
      const { blamed, left } = await askAll(this.#isolationThread, limits, { open, answers });
      if (left.length === 0) return answers;
      for (const { schema } of blamed) remember(this.#refusedSchemas, schema, REFUSED_FOR_MS);
      open = left;
    }
  }
}

/**
 * Asks the open questions and fills in `answers`. Answers the questions that are left, and those to blame: the
 * question at which the thread was stopped, which leaves all open, or the questions of accounts that used up their
 * processor time.
 */
async function askAll(
  thread: Thread,
  limits: CheckingLimits,
  { open, answers }: { open: [number, AccountQuestion][]; answers: Answer[] },
): Promise<{ blamed: AccountQuestion[]; left: [number, AccountQuestion][] }> {
  if (open.length === 0) return { blamed: [], left: [] };
  const asked = open.map(([, question]) => question);
  const result = await thread.ask(asked, limits);
  if ('stoppedAt' in result)
    return { blamed: asked.slice(result.stoppedAt, result.stoppedAt + 1), left: open };
  const left = open.filter(([index], at) => {
    const answer = result.answers[at] ?? null;
    if (answer !== null) answers[index] = answer;
    return answer === null;
  });
  return { blamed: left.map(([, question]) => question), left };
}

function remember(untils: Map<string, number>, key: string, forMs: number): void {
  if (untils.size >= MAX_REMEMBERED) untils.clear();
  untils.set(key, performance.now() + forMs);
}

function isActive(untils: Map<string, number>, key: string): boolean {
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
