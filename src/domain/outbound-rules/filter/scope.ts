/** Thrown when a filter takes more steps than its budget allows. */
export class TooCostly extends Error {}

/** What the tests of a filter share while they look at one part of one message. */
export class Scope {
  /** What `$ref` looks in. */
  readonly root: unknown;
  /** The place of the array's element that is being tested; null outside of arrays. */
  index: number | null = null;
  /** The lists that `$in` refers to, each made a set once. */
  readonly sets = new Map<unknown[], Set<unknown>>();
  #left: number;

  constructor(root: unknown, budget: number) {
    this.root = root;
    this.#left = budget;
  }

  /** Steps that are left. */
  get left(): number {
    return this.#left;
  }

  /** Throws {@link TooCostly} beyond the budget. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooCostly();
  }
}

/** Whether a value of a message passes; `undefined`: the field is absent. Throws {@link TooCostly}. */
export type Test = (value: unknown, scope: Scope) => boolean;
