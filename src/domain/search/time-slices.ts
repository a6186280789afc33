import { performance } from 'node:perf_hooks';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

/** Texts may be a megabyte; other requests must not wait until all are compared. */
const MAX_SLICE_MS = 20;

/** Work that yields to the event loop after each slice of time. */
export class TimeSlices {
  #startedAt = performance.now();

  /** Whether the slice is used up: then {@link pause} is due. */
  get isOver(): boolean {
    return performance.now() - this.#startedAt >= MAX_SLICE_MS;
  }

  /** Resolves in a new slice. */
  async pause(): Promise<void> {
    await yieldToEventLoop();
    this.#startedAt = performance.now();
  }
}
