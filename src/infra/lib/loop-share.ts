import { setImmediate } from 'node:timers/promises';

/** Splits work into turns of the event loop, so that others run in between. */
export class LoopShare {
  readonly #stepsPerTurn: number;
  #taken = 0;

  constructor(stepsPerTurn: number) {
    this.#stepsPerTurn = stepsPerTurn;
  }

  /** Whether these steps were the last of a turn: then {@link pause} is due. */
  isUsedUpBy(steps: number): boolean {
    this.#taken += steps;
    return this.#taken >= this.#stepsPerTurn;
  }

  /** Resolves in a new turn. */
  async pause(): Promise<void> {
    this.#taken = 0;
    await setImmediate();
  }
}
