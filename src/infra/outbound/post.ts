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
  /** Whose connections to use: requests of different owners share none. */
  owner?: string;
}

export interface Poster {
  /** Never rejects: whatever happens on the network is an outcome. */
  post(request: PostRequest): Promise<PostResult>;
  /** Lets what is under way end (at most `timeoutMs`), then closes every connection. */
  close(): Promise<void>;
}

interface PosterOptions {
  policy: AddressPolicy;
  /** One deadline over look-up, connect, headers and body. */
  timeoutMs: number;
  /** Requests at once to one origin by one owner; more would wait for a socket while their deadline runs. */
  socketsPerPool?: number;
  /** PEM certificates to trust in place of the system's. */
  ca?: string | undefined;
  lookup?: Lookup;
}

/**
 * Sends webhooks. Nothing is ever sent twice here: when a kept connection turns out to be closed, the receiver may
 * have taken the request all the same, and a POST is not idempotent (RFC 9110, section 9.2.2). That is `reset`, and
 * the retry policy, which the receiver knows from the attempt's number, decides.
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
  // Two sets, because connections are kept by origin: in one, a URL that is not trusted could ride on a connection
  // that was opened to a private address for a trusted URL of the same origin.
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
    // undici calls the connector before `dispatch` returns, if this request needs a connection of its own.
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
