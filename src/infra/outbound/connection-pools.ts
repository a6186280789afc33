import { LRUCache } from 'lru-cache';
import { Pool } from 'undici';
import type { Connector } from './guarded-connector.ts';

export interface ConnectionPools {
  /** The pool of connections that `owner` has to `origin`. */
  to(origin: string, owner: string): Pool;
  /** Pools that there are. */
  size(): number;
  destroy(): Promise<void>;
}

interface ConnectionPoolsOptions {
  connect: Connector;
  socketsPerPool: number;
}

/** A pool takes 20 KB, so these are 40 MB at most. The one used least recently gives way; what is under way on it ends. */
const MAX_POOLS = 2000;

/**
 * A pool for each owner and origin. Of its own, because many endpoints of unrelated people live at one origin, and one
 * whose path hangs must not take the sockets of the others. Bounded, and without pools that have no connection: undici's
 * Agent keeps that of an origin that never accepted one for as long as the process lives (undici 8.12), and dead
 * endpoints are our daily bread.
 */
export function createConnectionPools(options: ConnectionPoolsOptions): ConnectionPools {
  const pools = new LRUCache<string, Pool>({
    max: MAX_POOLS,
    // It rejects when everything is destroyed meanwhile, which is the same to us.
    dispose: (pool) => void pool.close().catch(() => {}),
  });

  function open(origin: string, key: string): Pool {
    const { connect, socketsPerPool } = options;
    const pool = new Pool(origin, { ...POOL_OPTIONS, connections: socketsPerPool, connect });
    // undici tells before it has done with the requests on the connection, hence the turn of the event loop.
    const lostConnection = () =>
      setImmediate(() => isUnused(pool) && pools.peek(key) === pool && pools.delete(key));
    pool.on('disconnect', lostConnection).on('connectionError', lostConnection);
    pools.set(key, pool);
    return pool;
  }

  return {
    to(origin, owner) {
      const key = `${owner} ${origin}`;
      return pools.get(key) ?? open(origin, key);
    },
    size: () => pools.size,
    async destroy() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

function isUnused({ stats }: Pool): boolean {
  return stats.connected === 0 && stats.size === 0;
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
