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
 * One request and its answer, as undici reports them. It settles exactly once, with the first of: the end of the
 * answer, a failure, the deadline. There is one deadline over everything, waiting for a socket included, so that a
 * receiver cannot stretch a request by being a little slow at each step. (A timer of its own costs below 1 us a
 * request: Node keeps timers of one duration in one list.)
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** The connector writes into it, when this request opens a connection. */
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
    // The deadline passed before there was a connection; undici learns it only here, before it sends a byte.
    if (this.#isSettled) controller.abort(new Error('given up'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number): void {
    // Informational (103 Early Hints, say): the answer is still to come.
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
    // Not followed: a redirect could lead to where the address policy, or the subscriber, would not have us go.
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
 * undici takes a connection back one turn of the event loop after an answer's end. Whoever sends the next request at
 * once would open a second connection beside it: with this each of them finds the first one free.
 */
function afterReuse(action: () => void): void {
  queueMicrotask(() => setImmediate(action));
}

/** undici keeps the header lines as they came, names and values in turn; `headers` would fold and lower-case them. */
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
