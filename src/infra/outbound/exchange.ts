import type { Dispatcher } from 'undici';
import type { Connection, ConnectionUser } from './connection.ts';
import { describeFailure, OutboundError } from './outcome.ts';
import type { Failure, PostResult, PostTimings } from './outcome.ts';
import { ResponseBody } from './response-body.ts';
import type { ResponseHead } from './response-head.ts';

interface ExchangeOptions {
  host: string;
  timeoutMs: number;
  isSuccess: (statusCode: number) => boolean;
  /** Called right before undici writes the request. */
  starting: (exchange: Exchange) => void;
  /** Sends the request once more; called at most once, if it went out on a connection that was closing. */
  repeat: () => void;
  settle: (result: PostResult) => void;
}

/** RFC 9110, section 15.4: those that name another place for the same request. */
const REDIRECTS = new Set([300, 301, 302, 303, 307, 308]);

/**
 * One request and its answer, as undici and the connection report them. It ends exactly once, with the first of: the
 * end of the answer, a failure, the deadline. One deadline covers everything, waiting for a socket included, so that a
 * receiver cannot stretch a request by being a little slow at each step. (A timer for each request costs below 1 us,
 * because Node keeps timers of one duration in one list.)
 */
export class Exchange implements Dispatcher.DispatchHandler, ConnectionUser {
  /** Filled by the connector when this request opens a connection, or by it; `firstByteMs` by the exchange itself. */
  readonly timings: PostTimings = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };

  readonly #options: ExchangeOptions;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #body = new ResponseBody();
  #controller: Dispatcher.DispatchController | undefined;
  #connection: Connection | undefined;
  #wasRepeated = false;
  #failure: Failure | undefined;
  #isSettled = false;
  #statusCode: number | null = null;
  #headers: [string, string][] = [];

  constructor(options: ExchangeOptions) {
    this.#options = options;
    // A process that stood still runs its timers before it reads. An answer that came in time is read in between.
    this.#timer = setTimeout(() => setImmediate(() => this.#expire()), options.timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The deadline passed before there was a connection. undici accepts an abort only here, before it sends a byte.
    if (this.#isSettled) controller.abort(new Error('given up'));
    else this.#options.starting(this);
  }

  begin(connection: Connection): void {
    this.#connection = connection;
    const { openingTimings } = connection;
    if (openingTimings === undefined) return;
    const { dnsMs, connectMs, tlsMs } = openingTimings;
    Object.assign(this.timings, { dnsMs, connectMs, tlsMs });
  }

  receive({ statusCode, headers }: ResponseHead): void {
    if (this.#isSettled) return;
    this.timings.firstByteMs = performance.now() - this.#startedMs;
    this.#statusCode = statusCode;
    this.#headers = headers;
  }

  receiveUnended(head: ResponseHead): void {
    if (head.statusCode < 200) {
      const host = this.#options.host;
      this.fail(new OutboundError('invalid_response', `${host} answered with more than 16 KB of headers`));
      return;
    }
    this.receive(head);
    this.#stopReading();
  }

  refuse({ statusCode, problem = '' }: ResponseHead): void {
    if (statusCode >= 100) this.#statusCode = statusCode;
    this.fail(new OutboundError('invalid_response', `${this.#options.host} ${problem}`));
  }

  onResponseStart(): void {
    // undici insists on this method; the connection told the head before.
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // The status has told all. A receiver must not occupy us with an endless answer.
    if (!this.#body.take(chunk)) this.#stopReading();
  }

  onResponseEnd(): void {
    const { isSuccess } = this.#options;
    // What stands behind the name may have changed: the next request is to find out.
    this.#connection?.answered({ isGood: this.#statusCode !== null && isSuccess(this.#statusCode) });
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#isSettled) return;
    if (this.#connection?.wasLostUnanswered === true && !this.#wasRepeated) {
      this.#connection = this.#controller = undefined;
      this.#wasRepeated = true;
      this.#options.repeat();
      return;
    }
    // What is wrong came after the status: in the framing of a body, of which nothing depends.
    const isOnlyTheBody =
      this.#statusCode !== null && describeFailure(error, '').outcome === 'invalid_response';
    if (isOnlyTheBody) this.#end();
    else this.fail(error);
  }

  fail(error: unknown): void {
    if (this.#isSettled) return;
    this.#failure = describeFailure(error, this.#options.host);
    this.#stopReading();
  }

  /** Ends with what is known, and closes the connection. */
  #stopReading(): void {
    if (this.#isSettled) return;
    this.#end();
    this.#controller?.abort(new Error('given up'));
  }

  #expire(): void {
    if (this.#isSettled) return;
    const { host, timeoutMs } = this.#options;
    const within = `within ${String(timeoutMs / 1000)} s`;
    const progress = this.#statusCode !== null ? 'did not finish its answer' : 'did not answer';
    const sentence =
      this.#controller === undefined
        ? `${host} could not be connected to ${within}`
        : `${host} ${progress} ${within}`;
    this.fail(new OutboundError('timeout', sentence));
  }

  #end(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    const durationMs = performance.now() - this.#startedMs;
    const failure = this.#failure ?? this.#redirect();
    // Known now: undici may still begin a request that was given up, before it takes the abort.
    const mayBeTaken = this.#failure !== undefined && this.#wasWritten && !this.#isRefusal;
    const settle = (bodyExcerpt: string) =>
      this.#options.settle({
        outcome: failure?.outcome ?? 'status',
        statusCode: this.#statusCode,
        headers: this.#headers,
        bodyExcerpt,
        errorMessage: failure?.message ?? '',
        durationMs,
        timings: this.timings,
        wasRepeated: this.#wasRepeated,
        mayBeTaken,
      });
    const encoding = this.#headers.find(([name]) => name.toLowerCase() === 'content-encoding')?.[1];
    if (encoding === undefined) afterReuse(() => settle(this.#body.excerpt()));
    else void this.#body.decodedExcerpt(encoding).then(settle);
  }

  /** Whether at least a part of the request went out. */
  get #wasWritten(): boolean {
    return this.#controller !== undefined || this.#wasRepeated;
  }

  get #isRefusal(): boolean {
    return this.#statusCode !== null && this.#statusCode >= 300;
  }

  /** Redirects are not followed, because they could lead to an address that the policy or the subscriber forbids. */
  #redirect(): Failure | undefined {
    if (this.#statusCode === null || !REDIRECTS.has(this.#statusCode)) return undefined;
    const status = String(this.#statusCode);
    const message = `${this.#options.host} answered with a redirect (${status}), which is not followed`;
    return { outcome: 'redirected', message };
  }
}

/**
 * Runs `action` when the connection is free again: undici frees it one iteration of the event loop after the answer's
 * end. A caller that sends the next request at once would otherwise open a second connection.
 */
function afterReuse(action: () => void): void {
  queueMicrotask(() => setImmediate(action));
}
