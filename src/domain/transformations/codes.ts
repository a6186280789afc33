import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { findTransformation } from './transformation-rows.ts';
import type { Transformation } from './transformation.ts';

const MAX_CACHED_CHARACTERS = 8_000_000;

type Code = Pick<Transformation, 'code' | 'version'>;
type Key = Pick<Transformation, 'accountId' | 'appId' | 'id' | 'version'>;

/** The code of transformations, by version: snapshots of apps name it and do not hold it. */
export class Codes {
  readonly #pool: Pool;
  readonly #cache = new LRUCache<string, Code>({
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: ({ code }) => code.length + 1,
  });

  readonly #loading = new Map<string, Promise<Code | null>>();

  constructor({ pool }: { pool: Pool }) {
    this.#pool = pool;
  }

  /** The code of this version, or a newer one; null when the transformation is gone. Concurrent calls share a query. */
  async get(key: Key): Promise<Code | null> {
    const name = nameOf(key);
    const cached = this.#cache.get(name);
    if (cached !== undefined) return cached;
    const loading = this.#loading.get(name) ?? this.#load(key);
    this.#loading.set(name, loading);
    return loading.finally(() => this.#loading.delete(name));
  }

  async #load(key: Key): Promise<Code | null> {
    const found = await findTransformation(this.#pool, key);
    if (found === null) return null;
    const code = { code: found.code, version: found.version };
    this.#cache.set(nameOf(found), code);
    return code;
  }
}

/** With the account, because another one may have taken the id of what was deleted. */
const nameOf = ({ accountId, appId, id, version }: Key) => `${accountId}/${appId}/${id}@${String(version)}`;
