import { LRUCache } from 'lru-cache';
import { Client as UndiciClient, Pool } from 'undici';
import type { Client, Connector } from './guarded-connector.ts';

export interface ConnectionPools {
  /** The pool of connections of `owner` to `origin`; opened at the first call. */
  to(origin: string, owner: string, client: Client): Pool;
  /** A connection that serves one request; to be closed once that is dispatched, which lets it end. */
  forOneRequest(origin: string, client: Client): UndiciClient;
  /** Number of open pools. */
  size(): number;
  destroy(): Promise<void>;
}

interface ConnectionPoolsOptions {
  connect: (client: Client) => Connector;
  socketsPerPool: number;
}

/** 40 MB at most, at 20 KB a pool. The pool used least recently is closed first; its requests under way still end. */
const MAX_POOLS = 2000;

/**
 * One pool for each owner and origin, because many endpoints of unrelated accounts share an origin, and one that hangs
 * must not occupy the sockets of the others. The number of pools is bounded, and pools without a connection are closed.
 * undici's Agent does neither: it keeps the pool of an origin that never accepted a connection until the process ends
 * (undici 8.12), and dead endpoints are common.
 */
export function createConnectionPools(options: ConnectionPoolsOptions): ConnectionPools {
  const pools = new LRUCache<string, Pool>({
    max: MAX_POOLS,
    // Rejects when the pool was destroyed meanwhile, which closes it as well.
    dispose: (pool) => void pool.close().catch(() => {}),
  });

  function open(origin: string, key: string, client: Client): Pool {
    const { connect, socketsPerPool: connections } = options;
    const pool = new Pool(origin, { ...POOL_OPTIONS, connections, connect: connect(client) });
    // undici emits the event before it has finished the requests on the connection, hence `setImmediate`.
    const lostConnection = () =>
      setImmediate(() => isUnused(pool) && pools.peek(key) === pool && pools.delete(key));
    pool.on('disconnect', lostConnection).on('connectionError', lostConnection);
    pools.set(key, pool);
    return pool;
  }

  return {
    to(origin, owner, client) {
      const { clientCertificate } = client;
      const key = `${owner} ${origin}`;
      // A connection speaks for who opened it.
      const itsKey = clientCertificate === undefined ? key : `${key} ${clientCertificate.fingerprint}`;
      return pools.get(itsKey) ?? open(origin, itsKey, client);
    },
    forOneRequest: (origin, client) =>
      new UndiciClient(origin, { ...POOL_OPTIONS, connect: options.connect(client) }),
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
  // Opening a TLS connection costs 40 times a request on an open one. When a receiver announces its keep-alive timeout,
  // the connection is closed 2 s earlier, so that no request uses a connection that the receiver is closing.
  keepAliveTimeout: 30_000,
  keepAliveMaxTimeout: 120_000,
  keepAliveTimeoutThreshold: 2000,
  // Above the connection's own limit, so that undici never finds headers too long.
  maxHeaderSize: 64 * 1024,
  // Off, because the exchange has one deadline over everything, and undici's timeouts restart at each step.
  headersTimeout: 0,
  bodyTimeout: 0,
};
