/** The event loop is busy when it has nothing to do for less than this part of the time. */
const IDLE_SHARE_OF_BUSY = 0.1;

/** Whether this process has more to do than it can: then each message that it accepts delays those in memory. */
export class LoopLoad {
  #last = performance.eventLoopUtilization();
  #isBusy = false;

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Measures the time since the last call. */
  measure(): void {
    const now = performance.eventLoopUtilization();
    this.#isBusy = performance.eventLoopUtilization(now, this.#last).utilization > 1 - IDLE_SHARE_OF_BUSY;
    this.#last = now;
  }
}
