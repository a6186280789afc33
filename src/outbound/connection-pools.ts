import { LRUCache } from 'lru-cache';
import { Pool } from 'undici';
import type { Connector } from './guarded-connector.ts';

export interface ConnectionPools {
  /** The pool of connections to `origin`. */
  to(origin: string): Pool;
  destroy(): Promise<void>;
}

interface ConnectionPoolsOptions {
  connect: Connector;
  socketsPerOrigin: number;
}

/** Origins used least recently give way; what is under way on their connections still ends. */
const MAX_ORIGINS = 5000;

/**
 * A pool for each origin, like undici's Agent, but bounded: an Agent keeps the pool of an origin to which no
 * connection ever succeeded for as long as the process lives (undici 8.12), and dead endpoints are our daily bread.
 */
export function createConnectionPools({
  connect,
  socketsPerOrigin,
}: ConnectionPoolsOptions): ConnectionPools {
  const pools = new LRUCache<string, Pool>({
    max: MAX_ORIGINS,
    dispose: (pool, _origin, reason) => {
      if (reason === 'evict') void pool.close();
    },
  });

  return {
    to(origin) {
      let pool = pools.get(origin);
      if (pool === undefined) {
        pool = new Pool(origin, { ...POOL_OPTIONS, connections: socketsPerOrigin, connect });
        pools.set(origin, pool);
      }
      return pool;
    },
    async destroy() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

const POOL_OPTIONS = {
  pipelining: 1,
  // HTTP/2 costs twice the CPU for each request, and undici 8 would choose it by default.
  allowH2: false,
  // Opening a TLS connection costs 40 times a request on an open one. Where a receiver says for how long it keeps
  // idle connections, we close ours 2 s before it does, so that no request meets a connection in the act of closing.
  keepAliveTimeout: 30_000,
  keepAliveMaxTimeout: 120_000,
  keepAliveTimeoutThreshold: 2000,
  // The exchange has one deadline over everything; undici's would begin anew at each step.
  headersTimeout: 0,
  bodyTimeout: 0,
};
