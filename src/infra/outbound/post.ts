import type { AddressPolicy } from './address-policy.ts';
import { createConnectionPools } from './connection-pools.ts';
import { Exchange } from './exchange.ts';
import { createGuardedConnector } from './guarded-connector.ts';
import { OutboundError } from './outcome.ts';
import type { PostResult, PostTimings } from './outcome.ts';
import { createResolver } from './resolver.ts';
import type { Lookup } from './resolver.ts';

export interface PostRequest {
  url: string | URL;
  headers: Record<string, string>;
  body: string | Buffer;
  /** The owner of the connections; requests of different owners share no connection. */
  owner?: string;
}

export interface Poster {
  /** Sends a POST. Never rejects, because every failure of the network is an outcome. */
  post(request: PostRequest): Promise<PostResult>;
  /** Waits for the requests under way (at most `timeoutMs`), then closes every connection. */
  close(): Promise<void>;
}

interface PosterOptions {
  policy: AddressPolicy;
  /** The one deadline over name resolution, connect, headers and body. */
  timeoutMs: number;
  /** Requests at once to one origin by one owner; further ones wait for a socket while their deadline runs. */
  socketsPerPool?: number;
  /** PEM certificates to trust in place of the system's. */
  ca?: string | undefined;
  lookup?: Lookup;
}

/**
 * Sends webhooks. No request is repeated here: when a kept connection was closed, the receiver may have processed the
 * request all the same, and a POST is not idempotent (RFC 9110, section 9.2.2). The outcome is then `reset`, and the
 * retry schedule decides about another attempt.
 */
export function createPoster({ policy, timeoutMs, socketsPerPool = 64, ca, lookup }: PosterOptions): Poster {
  const resolve = createResolver(lookup);
  const underWay = new Set<Promise<PostResult>>();
  let opening: PostTimings | undefined;
  let isClosed = false;

  const createPools = (allowsAddress: (address: string) => boolean) => {
    const timings = () => opening;
    const connect = createGuardedConnector({ allowsAddress, resolve, timeoutMs, ca, timings });
    return createConnectionPools({ connect, socketsPerPool });
  };
  // Two sets, because connections are pooled by origin: in one set, a URL that is not trusted could reuse a connection
  // to a private address that was opened for a trusted URL of the same origin.
  const guarded = createPools((address) => policy.allowsAddress(address));
  const trusted = createPools(() => true);

  function send({ url, headers, body, owner = '' }: PostRequest): Promise<PostResult> {
    const { promise, resolve: settle } = Promise.withResolvers<PostResult>();
    const target = typeof url === 'string' ? URL.parse(url) : url;
    const exchange = new Exchange({ host: target?.hostname ?? String(url), timeoutMs, settle });
    const problem = isClosed ? shuttingDown() : findProblem(target, policy);
    if (target === null || problem !== undefined) {
      exchange.fail(problem);
      return promise;
    }

    const pools = policy.isTrusted(target) ? trusted : guarded;
    const path = target.pathname + target.search;
    // undici calls the connector before `dispatch` returns, if this request needs a new connection.
    opening = exchange.timings;
    try {
      pools.to(target.origin, owner).dispatch({ path, method: 'POST', headers, body }, exchange);
    } catch (error) {
      exchange.fail(error);
    }
    opening = undefined;
    return promise;
  }

  return {
    async post(request) {
      const result = send(request);
      underWay.add(result);
      try {
        return await result;
      } finally {
        underWay.delete(result);
      }
    },
    async close() {
      isClosed = true;
      await Promise.all(underWay);
      await Promise.all([guarded.destroy(), trusted.destroy()]);
    },
  };
}

function shuttingDown(): OutboundError {
  return new OutboundError('connection', 'the request was not sent: this process was shutting down');
}

function findProblem(url: URL | null, policy: AddressPolicy): OutboundError | undefined {
  if (url === null) return new OutboundError('connection', 'the URL is not valid');
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && (policy.allowsPrivateNetworks || policy.isTrusted(url))) return undefined;
  return new OutboundError('blocked_address', `${url.origin} is not reached by https, which is not allowed`);
}
