import type { Dispatcher } from 'undici';
import { describeFailure, OutboundError } from './outcome.ts';
import type { Failure, PostResult, PostTimings } from './outcome.ts';
import { ResponseBody } from './response-body.ts';

interface ExchangeOptions {
  host: string;
  timeoutMs: number;
  settle: (result: PostResult) => void;
}

/**
 * One request and its answer, as undici reports them. It ends exactly once, with the first of: the end of the answer, a
 * failure, the deadline. One deadline covers everything, waiting for a socket included, so that a receiver cannot
 * stretch a request by being a little slow at each step. (A timer for each request costs below 1 us, because Node keeps
 * timers of one duration in one list.)
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Filled by the connector when this request opens a connection; `firstByteMs` by the exchange itself. */
  readonly timings: PostTimings = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };

  readonly #host: string;
  readonly #timeoutMs: number;
  readonly #settle: (result: PostResult) => void;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #body = new ResponseBody();
  #controller: Dispatcher.DispatchController | undefined;
  #failure: Failure | undefined;
  #isSettled = false;
  #statusCode: number | null = null;
  #headers: [string, string][] = [];

  constructor({ host, timeoutMs, settle }: ExchangeOptions) {
    this.#host = host;
    this.#timeoutMs = timeoutMs;
    this.#settle = settle;
    this.#timer = setTimeout(() => this.#expire(), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The deadline passed before there was a connection. undici accepts an abort only here, before it sends a byte.
    if (this.#isSettled) controller.abort(new Error('given up'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number): void {
    // An informational answer (like 103 Early Hints) precedes the real one.
    if (statusCode < 200 || this.#isSettled) return;
    this.timings.firstByteMs = performance.now() - this.#startedMs;
    this.#statusCode = statusCode;
    this.#headers = readHeaders(controller.rawHeaders);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body.take(chunk) || this.#isSettled) return;
    this.fail(new OutboundError('too_large', `${this.#host} answered with more than 1 MB`));
  }

  onResponseEnd(): void {
    // Redirects are not followed, because they could lead to an address that the policy or the subscriber forbids.
    if (this.#statusCode !== null && this.#statusCode >= 300 && this.#statusCode < 400) {
      const status = String(this.#statusCode);
      const message = `${this.#host} answered with a redirect (${status}), which is not followed`;
      this.#failure = { outcome: 'redirected', message };
    }
    this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    if (this.#isSettled) return;
    this.#failure = describeFailure(error, this.#host);
    this.#finish();
    this.#controller?.abort(new Error('given up'));
  }

  #expire(): void {
    const within = `within ${String(this.#timeoutMs / 1000)} s`;
    const progress = this.#statusCode !== null ? 'did not finish its answer' : 'did not answer';
    const sentence =
      this.#controller === undefined
        ? `${this.#host} could not be connected to ${within}`
        : `${this.#host} ${progress} ${within}`;
    this.fail(new OutboundError('timeout', sentence));
  }

  #finish(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    const result: PostResult = {
      outcome: this.#failure?.outcome ?? 'status',
      statusCode: this.#statusCode,
      headers: this.#headers,
      bodyExcerpt: this.#body.excerpt(),
      errorMessage: this.#failure?.message ?? '',
      durationMs: performance.now() - this.#startedMs,
      timings: this.timings,
    };
    afterReuse(() => this.#settle(result));
  }
}

/**
 * Runs `action` when the connection is free again: undici frees it one iteration of the event loop after the answer's
 * end. A caller that sends the next request at once would otherwise open a second connection.
 */
function afterReuse(action: () => void): void {
  queueMicrotask(() => setImmediate(action));
}

/**
 * The headers from undici's raw list (name, value, name, …), because `headers` folds repeated ones and lower-cases
 * names.
 */
function readHeaders(raw: Dispatcher.DispatchController['rawHeaders']): [string, string][] {
  if (!Array.isArray(raw)) return [];
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) headers.push([latin1(raw[at]), latin1(raw[at + 1])]);
  return headers;
}

/** The bytes of a header are ISO 8859-1, if anything (RFC 9110, section 5.5). */
function latin1(value: Buffer | string | undefined): string {
  return typeof value === 'string' ? value : (value?.toString('latin1') ?? '');
}
