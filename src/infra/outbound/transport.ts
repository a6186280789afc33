import type { AddressPolicy } from './address-policy.ts';
import type { ClientCertificate } from './client-certificate.ts';
import { Connection } from './connection.ts';
import { createConnectionPools } from './connection-pools.ts';
import type { Exchange } from './exchange.ts';
import { createGuardedConnector } from './guarded-connector.ts';
import type { OpeningTimings } from './guarded-connector.ts';
import type { Resolve } from './resolver.ts';

/** Sends requests by undici, on connections that are pooled by owner and origin and opened to allowed addresses. */
export interface Transport {
  /** To be called when undici is about to write the exchange's request. */
  starting(exchange: Exchange): void;
  /** `isRepeated`: on a connection of its own. Throws when undici finds the request invalid. */
  dispatch(request: TransportRequest, exchange: Exchange): void;
  destroy(): Promise<void>;
}

interface TransportRequest {
  target: URL;
  headers: Record<string, string>;
  body: string | Buffer;
  owner: string;
  account: string;
  isRepeated: boolean;
  clientCertificate: ClientCertificate | undefined;
}

interface TransportOptions {
  policy: AddressPolicy;
  resolve: Resolve;
  timeoutMs: number;
  socketsPerPool: number;
  maxConnectionAgeMs: number;
  ca: string | undefined;
}

export function createTransport(options: TransportOptions): Transport {
  const { policy, socketsPerPool, maxConnectionAgeMs: maxAgeMs } = options;
  let opening: OpeningTimings | undefined;
  let writing: Exchange | undefined;

  function takeStarting(): Exchange | undefined {
    const exchange = writing;
    writing = undefined;
    return exchange;
  }

  const createPools = (allowsAddress: (address: string) => boolean) => {
    const connect = createGuardedConnector({
      ...options,
      allowsAddress,
      opening: () => opening,
      opened: (socket, timings) => new Connection(socket, { timings, takeStarting, maxAgeMs }),
    });
    return createConnectionPools({ connect, socketsPerPool });
  };
  // Two sets, because connections are pooled by origin: in one set, a URL that is not trusted could reuse a connection
  // to a private address that was opened for a trusted URL of the same origin.
  const guarded = createPools((address) => policy.allowsAddress(address));
  const trusted = createPools(() => true);

  return {
    // undici writes to the connection before anything else can happen.
    starting: (exchange) => (writing = exchange),
    dispatch({ target, headers, body, owner, isRepeated, ...client }, exchange) {
      const pools = policy.isTrusted(target) ? trusted : guarded;
      const dispatcher = isRepeated
        ? pools.forOneRequest(target.origin, client)
        : pools.to(target.origin, owner, client);
      // undici mostly calls the connector before `dispatch` returns, if this request needs a new connection.
      opening = exchange.timings;
      try {
        const path = target.pathname + target.search;
        dispatcher.dispatch({ path, method: 'POST', headers, body }, exchange);
      } finally {
        opening = undefined;
        if (isRepeated) void dispatcher.close();
      }
    },
    async destroy() {
      await Promise.all([guarded.destroy(), trusted.destroy()]);
    },
  };
}
