import { Unavailable } from '#src/infra/lib/errors.ts';

/** Each further try means that another request has made or deleted the row meanwhile. */
const MAX_TRIES = 50;

interface Upsert<T> {
  /** Null when there is no such row, also when it was deleted meanwhile. */
  change: () => Promise<T | null>;
  /** Null when another request has made the row meanwhile, or has deleted what it belongs to. */
  make: () => Promise<T | null>;
}

/**
 * Changes a row or makes it, and tries again as long as other requests make and delete it in between: the answer is
 * that of some order of the requests, one after the other. Throws what `change` and `make` throw.
 */
export async function upsert<T>({ change, make }: Upsert<T>): Promise<{ row: T; isNew: boolean }> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const changed = await change();
    if (changed !== null) return { row: changed, isNew: false };
    const made = await make();
    if (made !== null) return { row: made, isNew: true };
  }
  throw new Unavailable('It is being made and deleted too quickly. Try again in a second.', {
    retryAfterSeconds: 1,
  });
}

/** For `catch`: answers null in place of errors of these classes. */
export function nullOn(...classes: (abstract new (...args: never[]) => Error)[]): (error: unknown) => null {
  return (error) => {
    if (classes.some((one) => error instanceof one)) return null;
    throw error;
  };
}
