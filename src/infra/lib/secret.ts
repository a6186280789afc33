import { inspect } from 'node:util';

const REDACTED = '[secret]';

/** A text that must not reach a log, an error or a page by accident: only `reveal()` answers it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
