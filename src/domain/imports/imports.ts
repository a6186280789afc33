import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { withRenewedLease } from '#src/infra/lib/with-renewed-lease.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { Allowance, type AllowanceDependencies } from './allowance.ts';
import type { ControlPlaneDependencies } from './importer.ts';
import { requireHeader } from './header-line.ts';
import { ImportReport, type ImportSummary } from './import-report.ts';
import { ImportRun } from './import-run.ts';
import { acquire, type ImportLease, release, renew, type Until } from './import-rows.ts';
import { LogImporter } from './log-importer.ts';
import { readLines } from './read-lines.ts';
import { type ExportedShapes, type LineShapes, shapesOfLines } from './refuse-strangers.ts';
import { alreadyRunning } from './refusals.ts';

interface Dependencies extends ControlPlaneDependencies, AllowanceDependencies {
  logger: Logger;
  exportedShapes: ExportedShapes;
}

const DAY_MS = 86_400_000;
/** The lease is renewed while the import runs, so one that lapses belongs to a dead process. */
const LEASE_MS = 60_000;
const MAX_RELEASES = 3;
const RELEASE_AGAIN_MS = 200;

/** Imports the lines of an export, from any account, whole or in parts. A repeat changes no existing row. */
export class Imports {
  readonly #deps: Dependencies;
  readonly #shapes: LineShapes;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#shapes = shapesOfLines(deps.exportedShapes);
  }

  /**
   * Reads the stream to its end. Throws InvalidInput when it is not an export, PaymentRequired at the first line beyond
   * the plan's limits (earlier lines stay), TooManyRequests while the account has another import in any process.
   */
  async run(accountId: string, chunks: AsyncIterable<Buffer>): Promise<ImportSummary> {
    const { clock, logger, pool } = this.#deps;
    const lease: ImportLease = { accountId, leaseId: randomUUID() };
    const nowMs = clock.now();
    const until = { now: new Date(nowMs), leasedUntil: new Date(nowMs + LEASE_MS) };
    if (!(await acquire(pool, { ...lease, ...until }))) throw alreadyRunning();
    const onError = (error: unknown) => {
      logger.warn({ err: error }, 'the lease of an import could not be renewed or released');
    };
    try {
      const renewable = {
        clock,
        leaseMs: LEASE_MS,
        renew: (to: Until) => renew(pool, { ...lease, ...to }),
        onError,
      };
      return await withRenewedLease(renewable, () => this.#run(lease, chunks));
    } finally {
      await this.#release(lease).catch(onError);
    }
  }

  /** Tries a few times, because a lease that is not released refuses the account's next import for a minute. */
  async #release(lease: ImportLease, triesLeft = MAX_RELEASES): Promise<void> {
    try {
      await release(this.#deps.pool, lease);
    } catch (error) {
      if (triesLeft === 1) throw error;
      await delay(RELEASE_AGAIN_MS);
      await this.#release(lease, triesLeft - 1);
    }
  }

  async #run(lease: ImportLease, chunks: AsyncIterable<Buffer>): Promise<ImportSummary> {
    const { accountId } = lease;
    const report = new ImportReport();
    const log = await this.#log(lease, report);
    const run = new ImportRun({ ...this.#deps, accountId, report, log, shapes: this.#shapes });
    let lines = 0;
    for await (const text of readLines(chunks)) {
      lines += 1;
      if (lines === 1) requireHeader(text, this.#shapes);
      else await run.add(text, lines);
    }
    if (lines === 0) requireHeader('', this.#shapes);
    const complete = await run.end();
    if (!complete)
      report.problem(lines, 'The file ends here without its last line, which counts the others.');
    return report.end(lines, complete);
  }

  async #log(lease: ImportLease, report: ImportReport): Promise<LogImporter> {
    const { clock, pool, quota } = this.#deps;
    const plan = await quota.planOf(lease.accountId);
    const nowMs = clock.now();
    const oldestMs = nowMs - (plan?.retentionDays ?? 0) * DAY_MS;
    const allowance = new Allowance(this.#deps, lease);
    return new LogImporter({ pool, report, allowance, nowMs, oldestMs });
  }
}
