import { Batcher } from '#src/infra/lib/batcher.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { CheckingThread } from './checking-thread.ts';
import type { Asked, CheckingLimits, SchemaProblem, SchemaQuestion } from './schema-problem.ts';

/** For one question in the end. Thousands of ordinary ones take less. */
const LIMIT_MS = 1000;
/** For one beside those of others. */
const QUICK_LIMIT_MS = 200;
/** For all of an account's that are asked together with those of others: enough to compile a dozen schemas. */
const QUICK_ACCOUNT_MS = 500;
/** A schema that took too long is not tried again for so long: others wait while it is. */
const REFUSED_MS = 30_000;
/** For so long the questions of an account that held up others are asked apart from theirs. */
const APART_MS = 60_000;
const MAX_REMEMBERED = 1000;
const MAX_BATCH = 50;
/** Each may take the whole limit, and the next account's turn comes after them. */
const MAX_SLOW_BATCH = 5;

type Thread = Pick<CheckingThread, 'ask' | 'end'>;

interface Options {
  logger: Logger;
  /** Processor time for one question, in the end and for all of an account's beside those of others. */
  limitMs?: number;
  quickAccountMs?: number;
  /** Asks what is asked apart. */
  slowThread?: Thread;
}

/** A promise of one that is asked apart. */
type Answer = SchemaProblem[] | Promise<SchemaProblem[]>;

/**
 * Checks data by providers' schemas, in a thread that is started when the first one asks. An account of which a question
 * takes long, or many take long together, is asked apart, in another thread, beside others like it: whatever schemas it
 * thinks up, it holds up nobody else. There, what takes too long is stopped with its thread, and the others' questions are
 * asked again in a new one.
 */
export class SchemaChecker {
  readonly #limitMs: number;
  readonly #quickAccountMs: number;
  readonly #quickThread: Thread;
  readonly #slowThread: Thread;
  /** Until when, by schema and by account. */
  readonly #refused = new Map<string, number>();
  readonly #apart = new Map<string, number>();

  readonly #quick = new Batcher<Asked, Answer>({
    flush: (questions) => this.#askQuickly(questions),
    maxItems: MAX_BATCH,
    concurrency: 1,
    delayMs: 0,
    isolates: () => false,
    keyOf: ({ accountId }) => accountId,
  });

  readonly #slow = new Batcher<Asked, SchemaProblem[]>({
    flush: (questions) => this.#askSlowly(questions),
    maxItems: MAX_SLOW_BATCH,
    concurrency: 1,
    delayMs: 0,
    isolates: () => false,
    keyOf: ({ accountId }) => accountId,
  });

  constructor({ logger, limitMs = LIMIT_MS, quickAccountMs = QUICK_ACCOUNT_MS, slowThread }: Options) {
    this.#limitMs = limitMs;
    this.#quickAccountMs = quickAccountMs;
    this.#quickThread = new CheckingThread(logger);
    this.#slowThread = slowThread ?? new CheckingThread(logger);
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
      const limits = { limitMs: QUICK_LIMIT_MS, accountMs: this.#quickAccountMs };
      const { blamed, left } = await askAll(this.#quickThread, limits, { open, answers });
      if (left.length === 0) return answers;
      for (const { accountId } of blamed) remember(this.#apart, accountId, APART_MS);
      open = left;
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
      const limits = { limitMs: this.#limitMs, accountMs: Infinity };
      const { blamed, left } = await askAll(this.#slowThread, limits, { open, answers });
      if (left.length === 0) return answers;
      for (const { schema } of blamed) remember(this.#refused, schema, REFUSED_MS);
      open = left;
    }
  }
}

/**
 * Writes the answers to what is open; answers what is left, and who is to blame: the question at which the thread was
 * stopped, when nothing is answered; or those of accounts whose time was up.
 */
async function askAll(
  thread: Thread,
  limits: CheckingLimits,
  { open, answers }: { open: [number, Asked][]; answers: Answer[] },
): Promise<{ blamed: Asked[]; left: [number, Asked][] }> {
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
