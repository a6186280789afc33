import { z } from 'zod';
import { mustNotSet } from '#src/domain/outbound-rules/reserved-headers.ts';
import { findOwnHeader } from '#src/domain/outbound-rules/reserved-headers.ts';
import { isDataError } from '#src/infra/database/data-error.ts';
import { Conflict, InvalidInput, PaymentRequired } from '#src/infra/lib/errors.ts';
import { memberSpans } from '#src/infra/lib/json-text.ts';
import { ControlPlaneImporter, type ControlPlaneDependencies } from './importer.ts';
import type { ImportReport } from './import-report.ts';
import { KnownRows } from './known-rows.ts';
import { LineProblem } from './line-problem.ts';
import { type LineOf, lineSchemas, type LineType } from './line-schemas.ts';
import type { LogImporter } from './log-importer.ts';
import { parseLine } from './parse-line.ts';
import { type LineShapes, strangerIn } from './refuse-strangers.ts';
import { stoppedAt } from './refusals.ts';
import type { Owner } from './rows-of-log-lines.ts';

/** Issues reported of one line. */
const MAX_ISSUES = 10;

interface Dependencies extends ControlPlaneDependencies {
  accountId: string;
  report: ImportReport;
  log: LogImporter;
  shapes: LineShapes;
}

/** One file: dispatches its lines to the importers of the control plane and of the log. */
export class ImportRun {
  readonly #report: ImportReport;
  readonly #log: LogImporter;
  readonly #rows: KnownRows;
  readonly #plane: ControlPlaneImporter;
  readonly #accountId: string;
  readonly #shapes: LineShapes;
  /** The app of the lines that follow its own. */
  #app: Owner | undefined;
  #headerPrefix: string | null = null;
  #isComplete = false;

  constructor(deps: Dependencies) {
    this.#report = deps.report;
    this.#log = deps.log;
    this.#accountId = deps.accountId;
    this.#shapes = deps.shapes;
    this.#rows = new KnownRows(deps);
    this.#plane = new ControlPlaneImporter(deps, { ...deps, rows: this.#rows });
  }

  async add(text: string, line: number): Promise<void> {
    try {
      await this.#add(text, line);
    } catch (error) {
      // A refusal of a message already names its line, because this one only ended the batch.
      if (error instanceof PaymentRequired) throw error.details ? error : stoppedAt(line, error);
      if (!isLineProblem(error)) throw error;
      this.#report.problem(line, wordsOf(error));
    }
  }

  /** Writes what is buffered. Returns whether the file had its last line. */
  async end(): Promise<boolean> {
    if (this.#isComplete) await this.#log.flush();
    else await this.#log.flushWhatIsWhole();
    await this.#plane.end();
    return this.#isComplete;
  }

  async #add(text: string, line: number): Promise<void> {
    if (text.trim() === '') return;
    const value = parseLine(text) as { type?: unknown } | null;
    const type = value?.type;
    if (typeof type !== 'string' || !isKnown(type)) throw new LineProblem('its type is none that we know');
    const stranger = strangerIn(value, this.#shapes[type]);
    if (stranger !== undefined) throw new LineProblem(`${stranger.path} ${stranger.message}`);
    if (type === 'trailer') this.#isComplete = true;
    // The exporting account and its plan are not imported.
    if (type === 'trailer' || type === 'account') return;
    await this.#addOf(type, value, { text, line });
  }

  async #addOf(type: LineType, value: unknown, written: { text: string; line: number }): Promise<void> {
    const { text, line } = written;
    const plane = this.#plane;
    if (type === 'hook_helper') return plane.hookHelper(lineSchemas.hook_helper.parse(value));
    if (type === 'app') return this.#addApp(value);
    const app = this.#app;
    if (app === undefined) throw new LineProblem('no app is in the file before it');
    switch (type) {
      case 'webhook_event':
        return plane.event(app.appId, lineSchemas.webhook_event.parse(value), text);
      case 'transformation':
        return plane.transformation(app.appId, lineSchemas.transformation.parse(value));
      case 'subscription':
        return plane.subscription(app.appId, lineSchemas.subscription.parse(value));
      case 'endpoint':
        return plane.endpoint(app.appId, lineSchemas.endpoint.parse(value), line);
      case 'delivery':
        this.#log.addDelivery(app, lineSchemas.delivery.parse(value));
        return;
      case 'attempt':
        return this.#log.addAttempt(app, lineSchemas.attempt.parse(value));
      case 'message': {
        const data = memberSpans(text).get('data');
        const payload = data === undefined ? 'null' : text.slice(data.start, data.end);
        const message = lineSchemas.message.parse(value);
        const own = this.#ownHeaderIn(message);
        if (own !== undefined) throw new LineProblem(`headers ${mustNotSet(own)}`);
        return this.#log.addMessage(app, message, { data: payload, line });
      }
    }
  }

  /** A header that the app sets itself, as the API refuses it. The names under our own prefix are refused before. */
  #ownHeaderIn({ headers }: LineOf<'message'>): string | undefined {
    const prefix = this.#headerPrefix;
    return prefix === null ? undefined : findOwnHeader(Object.keys(headers ?? {}), prefix);
  }

  async #addApp(value: unknown): Promise<void> {
    await this.#log.flush();
    this.#app = undefined;
    const line = lineSchemas.app.parse(value);
    const appId = await this.#plane.app(line);
    const isMoved = appId !== line.id;
    this.#headerPrefix = line.header_prefix;
    this.#app = { accountId: this.#accountId, appId, idOf: (id) => this.#rows.idOf(id, isMoved) };
  }
}

const isKnown = (type: string): type is LineType | 'account' | 'trailer' =>
  type === 'account' || type === 'trailer' || Object.hasOwn(lineSchemas, type);

/** An error that the line caused: it is reported, and the import goes on. Class 23 is a constraint violation. */
const isLineProblem = (error: unknown): error is Error =>
  error instanceof LineProblem ||
  error instanceof SyntaxError ||
  error instanceof InvalidInput ||
  error instanceof Conflict ||
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
  if (error instanceof LineProblem || error instanceof InvalidInput || error instanceof Conflict)
    return error.message;
  return 'It holds a value that cannot be stored, or that another has.';
}
