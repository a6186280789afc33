import { lru } from '#src/infra/lib/lru.ts';
import { createSemaphore } from '#src/infra/lib/semaphore.ts';
import { type Lookup, SilentName } from './name-servers.ts';

/** A {@link Lookup} for an account. */
export type Resolve = (name: string, account: string) => Promise<string[]>;

interface ResolverOptions {
  lookup: Lookup;
  /** How long an answer is waited for. */
  patienceMs?: number;
  /** How long a name that did not answer is not asked for again. */
  rememberMs?: number;
}

const PATIENCE_MS = 5000;
const REMEMBER_MS = 10_000;
/** Names that an account may look up at once; further ones wait. */
const MAX_AT_ONCE = 32;
/** ...and of the names among them that did not answer before, so that its other names do not wait for these. */
const MAX_SUSPECTS_AT_ONCE = 4;
const SUSPECT_MS = 3_600_000;
const MAX_SUSPECTS = 10_000;

/**
 * A resolver that asks for a name once at a time and shares its answer. Names whose servers do not answer cost their
 * own account alone: it may look up few names at once, and a name that hangs fails at once for a while. Answers are not
 * kept, good or bad, so that a name that moved or was repaired works at once.
 */
export function createResolver({
  lookup,
  patienceMs = PATIENCE_MS,
  rememberMs = REMEMBER_MS,
}: ResolverOptions): Resolve {
  const underWay = new Map<string, Promise<string[]>>();
  /** When to ask again for names that did not answer. */
  const suspects = lru<number>(MAX_SUSPECTS, { ttlMs: SUSPECT_MS });
  const lines = new Map<string, ReturnType<typeof newLine>>();

  /** Shared as soon as it is asked for, and not while it waits in line, because another account has its own line. */
  function ask(name: string): Promise<string[]> {
    const shared = underWay.get(name);
    if (shared !== undefined) return shared;
    if (performance.now() < (suspects.get(name) ?? 0)) return Promise.reject(new SilentName(name));
    const answer = withPatience(name).finally(() => underWay.delete(name));
    underWay.set(name, answer);
    return answer;
  }

  async function withPatience(name: string): Promise<string[]> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new SilentName(name)), patienceMs);
    const answer = lookup(name);
    // Also one that comes too late: the name is no suspect.
    answer.then(() => suspects.delete(name)).catch(() => {});
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      if (error instanceof SilentName) suspects.set(name, performance.now() + rememberMs);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return async (name, account) => {
    if (underWay.has(name)) return ask(name);
    const isSuspect = suspects.has(name);
    const key = isSuspect ? `${account} suspects` : account;
    const line = lines.get(key) ?? newLine(isSuspect ? MAX_SUSPECTS_AT_ONCE : MAX_AT_ONCE);
    lines.set(key, line);
    line.users += 1;
    try {
      return await line.run(() => ask(name));
    } finally {
      line.users -= 1;
      if (line.users === 0) lines.delete(key);
    }
  };
}

/** The look-ups of an account that are under way or wait. */
const newLine = (atOnce: number) => ({ run: createSemaphore(atOnce), users: 0 });
