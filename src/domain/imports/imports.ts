import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isDataError } from '#src/infra/database/data-error.ts';
import { BadRequest, InvalidInput, PaymentRequired } from '#src/infra/lib/errors.ts';
import { memberSpans } from '#src/infra/lib/json-text.ts';
import { withRenewedLease } from '#src/infra/lib/with-renewed-lease.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { Allowance, type AllowanceParts } from './allowance.ts';
import { ControlPlaneImporter, type ControlPlaneParts } from './importer.ts';
import { ImportReport, type ImportSummary } from './import-report.ts';
import { claim, type Claimed, release, renew, type Until } from './import-rows.ts';
import { LineProblem } from './line-problem.ts';
import { lineSchemas, type LineType } from './line-schemas.ts';
import { LogImporter, type Owner } from './log-importer.ts';
import { readLines } from './read-lines.ts';
import { alreadyRunning, stoppedAt } from './refusals.ts';

interface Dependencies extends ControlPlaneParts, AllowanceParts {
  logger: Logger;
}

const DAY_MS = 86_400_000;
/** Renewed for as long as the import runs: a process that has not done so by then is taken for dead. */
const LEASE_MS = 60_000;
/** Of a line. */
const MAX_ISSUES = 10;

const headerLine = z.object({
  type: z.literal('header'),
  format: z.literal('hostedhooks-export'),
  version: z.literal(1),
});

/** Takes what an export wrote, of this account or another, also in pieces and again: what is there already stays as it is. */
export class Imports {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * Reads to the end. Throws InvalidInput when it is no export, PaymentRequired at the first line that the plan has no room
   * for (what came before it stays), TooManyRequests while the account has another one, in any process.
   */
  async run(accountId: string, chunks: AsyncIterable<Buffer>): Promise<ImportSummary> {
    const { clock, logger, pool } = this.#deps;
    const claimed: Claimed = { accountId, claimId: randomUUID() };
    const nowMs = clock.now();
    const until = { now: new Date(nowMs), leasedUntil: new Date(nowMs + LEASE_MS) };
    if (!(await claim(pool, { ...claimed, ...until }))) throw alreadyRunning();
    const onError = (error: unknown) => {
      logger.warn({ err: error }, 'that an import is running, or has ended, could not be written');
    };
    try {
      const lease = {
        clock,
        leaseMs: LEASE_MS,
        renew: (to: Until) => renew(pool, { ...claimed, ...to }),
        onError,
      };
      return await withRenewedLease(lease, () => this.#run(claimed, chunks));
    } finally {
      await release(pool, claimed).catch(onError);
    }
  }

  async #run(claimed: Claimed, chunks: AsyncIterable<Buffer>): Promise<ImportSummary> {
    const { accountId } = claimed;
    const report = new ImportReport();
    const log = await this.#log(claimed, report);
    const one = new OneImport({ ...this.#deps, accountId, report, log });
    let lines = 0;
    for await (const text of readLines(chunks)) {
      lines += 1;
      if (lines === 1) requireHeader(text);
      else await one.take(text, lines);
    }
    if (lines === 0) requireHeader('');
    const complete = await one.end();
    if (!complete)
      report.problem(lines, 'The file ends here without its last line, which counts the others.');
    return report.end(lines, complete);
  }

  async #log(claimed: Claimed, report: ImportReport): Promise<LogImporter> {
    const { clock, pool, quota } = this.#deps;
    const plan = await quota.planOf(claimed.accountId);
    const nowMs = clock.now();
    const oldestMs = nowMs - (plan?.retentionDays ?? 0) * DAY_MS;
    const allowance = new Allowance(this.#deps, claimed);
    return new LogImporter({ pool, report, allowance, nowMs, oldestMs });
  }
}

interface Parts extends ControlPlaneParts {
  accountId: string;
  report: ImportReport;
  log: LogImporter;
}

class OneImport {
  readonly #report: ImportReport;
  readonly #log: LogImporter;
  readonly #plane: ControlPlaneImporter;
  readonly #accountId: string;
  /** What lines are about after an app's own. */
  #app: Owner | undefined;
  #isComplete = false;

  constructor(parts: Parts) {
    this.#report = parts.report;
    this.#log = parts.log;
    this.#accountId = parts.accountId;
    this.#plane = new ControlPlaneImporter(parts, parts);
  }

  async take(text: string, line: number): Promise<void> {
    try {
      await this.#take(text, line);
    } catch (error) {
      // Of a message: this line was the end of its batch.
      if (error instanceof PaymentRequired) throw error.details ? error : stoppedAt(line, error);
      if (!isLineProblem(error)) throw error;
      this.#report.problem(line, wordsOf(error));
    }
  }

  /** Whether the file had its last line. */
  async end(): Promise<boolean> {
    if (this.#isComplete) await this.#log.flush();
    else await this.#log.flushWhatIsWhole();
    await this.#plane.end();
    return this.#isComplete;
  }

  async #take(text: string, line: number): Promise<void> {
    if (text.trim() === '') return;
    const value = JSON.parse(text) as { type?: unknown } | null;
    const type = value?.type;
    if (type === 'trailer') this.#isComplete = true;
    // Whose it was, and what plan it had, is no history of this account's.
    if (type === 'trailer' || type === 'account') return;
    if (typeof type !== 'string' || !(type in lineSchemas))
      throw new LineProblem('its type is none that we know');
    await this.#takeThing(type as LineType, value, { text, line });
  }

  async #takeThing(type: LineType, value: unknown, written: { text: string; line: number }): Promise<void> {
    const { text, line } = written;
    const plane = this.#plane;
    if (type === 'hook_helper') return plane.hookHelper(lineSchemas.hook_helper.parse(value));
    if (type === 'app') return this.#takeApp(value);
    const app = this.#app;
    if (app === undefined) throw new LineProblem('no app is in the file before it');
    switch (type) {
      case 'webhook_event':
        return plane.event(app.appId, lineSchemas.webhook_event.parse(value), text);
      case 'subscription':
        return plane.subscription(app.appId, lineSchemas.subscription.parse(value));
      case 'endpoint':
        return plane.endpoint(app.appId, lineSchemas.endpoint.parse(value));
      case 'delivery':
        this.#log.addDelivery(app, lineSchemas.delivery.parse(value));
        return;
      case 'attempt':
        return this.#log.addAttempt(app, lineSchemas.attempt.parse(value));
      case 'message': {
        const data = memberSpans(text).get('data');
        const payload = data === undefined ? 'null' : text.slice(data.start, data.end);
        return this.#log.addMessage(app, lineSchemas.message.parse(value), { data: payload, line });
      }
    }
  }

  async #takeApp(value: unknown): Promise<void> {
    await this.#log.flush();
    this.#app = undefined;
    const line = lineSchemas.app.parse(value);
    const appId = await this.#plane.app(line);
    const isMoved = appId !== line.id;
    this.#app = { accountId: this.#accountId, appId, idOf: (id) => this.#plane.idOf(id, isMoved) };
  }
}

function requireHeader(text: string): void {
  if (headerLine.safeParse(parsedHeader(text)).success) return;
  throw new InvalidInput(
    'The file does not begin as an export does. Send what GET /api/v1/export answered.',
    {
      details: [{ path: 'lines.1', message: 'must be the header of an export of version 1' }],
    },
  );
}

function parsedHeader(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (error) {
    throw new BadRequest('The first line is not JSON. Send what GET /api/v1/export answered.', {
      cause: error,
    });
  }
}

/** What is wrong with a line, and no surprise. */
const isLineProblem = (error: unknown): error is Error =>
  error instanceof LineProblem ||
  error instanceof SyntaxError ||
  error instanceof InvalidInput ||
  error instanceof z.ZodError ||
  isDataError(error) ||
  (error instanceof Error && 'code' in error && String(error.code).startsWith('23'));

function wordsOf(error: Error): string {
  if (error instanceof z.ZodError) {
    return error.issues
      .slice(0, MAX_ISSUES)
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ');
  }
  if (error instanceof SyntaxError) return 'The line is not JSON.';
  if (error instanceof LineProblem || error instanceof InvalidInput) return error.message;
  return 'It holds a value that cannot be stored, or that another has.';
}
