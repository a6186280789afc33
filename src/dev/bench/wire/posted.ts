import { monotonicMs } from '#src/dev/bench/monotonic-clock.ts';

/** The messages of a load: counts, and monotonic times in ms by the number of the message. */
export interface Posted {
  accepted: number;
  /** Counts of other responses than 2xx by status; 0: the connection was lost. */
  refused: Record<number, number>;
  startedAtMs: number;
  /** The time of the last response. */
  endedAtMs: number;
  sentAtMs: Float64Array;
  /** The time of the 2xx; 0 without one. */
  acceptedAtMs: Float64Array;
}

const INITIAL_MESSAGES = 65_536;

/** Records when each message was sent and answered. */
export class PostingRecord {
  #sentAtMs = new Float64Array(INITIAL_MESSAGES);
  #acceptedAtMs = new Float64Array(INITIAL_MESSAGES);
  #accepted = 0;
  readonly #refused: Record<number, number> = {};
  readonly #startedAtMs = monotonicMs();
  #endedAtMs = this.#startedAtMs;
  #sent = 0;

  get sent(): number {
    return this.#sent;
  }

  /** Records a message as sent now and returns its number. */
  send(): number {
    const number = this.#sent++;
    if (number >= this.#sentAtMs.length) this.#grow();
    this.#sentAtMs[number] = monotonicMs();
    return number;
  }

  answer(number: number, status: number): void {
    this.#endedAtMs = monotonicMs();
    if (status >= 200 && status < 300) {
      this.#accepted += 1;
      this.#acceptedAtMs[number] = this.#endedAtMs;
    } else {
      this.#refused[status] = (this.#refused[status] ?? 0) + 1;
    }
  }

  finish(): Posted {
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#endedAtMs,
      sentAtMs: this.#sentAtMs.subarray(0, this.#sent),
      acceptedAtMs: this.#acceptedAtMs.subarray(0, this.#sent),
    };
  }

  #grow(): void {
    this.#sentAtMs = doubled(this.#sentAtMs);
    this.#acceptedAtMs = doubled(this.#acceptedAtMs);
  }
}

function doubled(times: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(times.length * 2);
  larger.set(times);
  return larger;
}
