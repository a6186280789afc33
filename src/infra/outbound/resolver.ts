import { lookup as systemLookup } from 'node:dns/promises';

/** All addresses of a name, in the order to try them. Rejects with the system's error (`ENOTFOUND`, `EAI_AGAIN`). */
export type Lookup = (name: string) => Promise<string[]>;

/** A {@link Lookup} for an account. */
export type Resolve = (name: string, account: string) => Promise<string[]>;

/**
 * A resolver that runs one query a name at a time and shares its answer among all callers, because the system's
 * resolver has four threads (libuv's pool), and a name whose servers do not answer must not occupy all of them. Answers
 * are not cached.
 */
export function createResolver(lookup: Lookup = lookupAll): Resolve {
  const underWay = new Map<string, Promise<string[]>>();

  return (name) => {
    const shared = underWay.get(name);
    if (shared !== undefined) return shared;
    const answer = lookup(name).finally(() => underWay.delete(name));
    underWay.set(name, answer);
    return answer;
  };
}

async function lookupAll(name: string): Promise<string[]> {
  const found = await systemLookup(name, { all: true });
  return found.map(({ address }) => address);
}
