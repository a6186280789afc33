import { createKeyedMutex } from './keyed-mutex.ts';
import type { Clock } from './clock.ts';
import { lru } from './lru.ts';

interface Shared<T> {
  result: Promise<T>;
  /** Infinity while it is under way. */
  endsAtMs: number;
}

interface Options {
  clock: Pick<Clock, 'monotonicNow'>;
  /** For how long a result is given to others. */
  keepMs: number;
  /** Results that are kept at most. */
  entries: number;
}

interface Asked {
  /** Whose work it is. */
  owner: string;
  /** Which of the owner's. */
  key: string;
}

/**
 * Does work once for all who ask for it while it is under way and `keepMs` afterwards, and one work of an owner at a
 * time, so that an owner who asks without end costs as much as one work. What fails is not kept.
 */
export function createSharedWork<T>({ clock, keepMs, entries }: Options) {
  const known = lru<Shared<T>>(entries);
  const inTurn = createKeyedMutex();

  return ({ owner, key }: Asked, work: () => Promise<T>): Promise<T> => {
    const name = `${owner} ${key}`;
    const found = known.get(name);
    if (found !== undefined && clock.monotonicNow() < found.endsAtMs) return found.result;
    const shared: Shared<T> = { result: inTurn(owner, work), endsAtMs: Infinity };
    known.set(name, shared);
    shared.result.then(
      () => {
        shared.endsAtMs = clock.monotonicNow() + keepMs;
      },
      () => {
        if (known.get(name) === shared) known.delete(name);
      },
    );
    return shared.result;
  };
}
