import type { Clock } from '#src/infra/lib/clock.ts';

/** The circuit opens when this many sends in a row found the endpoint overloaded or silent. */
const OPEN_AFTER_FAILURES = 5;
/**
 * While the circuit is open a half-open trial starts this often; several are in flight only while the endpoint hangs.
 */
const TRIAL_EVERY_MS = 500;
const MAX_TRIALS_IN_FLIGHT = 4;

/** The circuit breaker of one endpoint: closed -> open -> half-open trials -> closed by one success. */
export class CircuitBreaker {
  readonly #clock: Clock;
  #failuresInRow = 0;
  #openSinceMs = 0;
  #nextTrialAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#failuresInRow >= OPEN_AFTER_FAILURES;
  }

  /** For how long the circuit has been open; 0 while it is closed. */
  get openForMs(): number {
    return this.isOpen ? this.#clock.monotonicNow() - this.#openSinceMs : 0;
  }

  /** Whether a half-open trial may start beside `inFlight` sends. Asked only while the circuit is open. */
  canTry(inFlight: number): boolean {
    return inFlight < MAX_TRIALS_IN_FLIGHT && this.#clock.monotonicNow() >= this.#nextTrialAtMs;
  }

  trialStarted(atMs: number): void {
    this.#nextTrialAtMs = atMs + TRIAL_EVERY_MS;
  }

  succeeded(): void {
    this.#failuresInRow = 0;
  }

  failed(): void {
    this.#failuresInRow += 1;
    if (this.#failuresInRow !== OPEN_AFTER_FAILURES) return;
    this.#openSinceMs = this.#clock.monotonicNow();
    this.#nextTrialAtMs = this.#openSinceMs + TRIAL_EVERY_MS;
  }
}
