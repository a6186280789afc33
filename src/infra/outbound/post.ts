import { type AddressPolicy, isLocalName } from './address-policy.ts';
import { Exchange } from './exchange.ts';
import type { ClientCertificate } from './client-certificate.ts';
import { createNameServers, type Lookup } from './name-servers.ts';
import { OutboundError } from './outcome.ts';
import type { PostResult } from './outcome.ts';
import { createResolver } from './resolver.ts';
import { createTransport } from './transport.ts';

export interface PostRequest {
  url: string | URL;
  headers: Record<string, string>;
  body: string | Buffer;
  /** The owner of the connections; requests of different owners share no connection. */
  owner?: string;
  /** Whose look-ups of names are counted together. */
  account?: string;
  /** Whether a status is a success; by default any 2xx. After a failure the connection is closed. */
  isSuccess?: (statusCode: number) => boolean;
  /** Presented by TLS. Connections with it are shared with no request that has another one, or none. */
  clientCertificate?: ClientCertificate;
  /** A nearer deadline than the poster's own. */
  timeoutMs?: number;
  /** Answers the headers to add when the request has to be sent once more. */
  repeatHeaders?: () => Record<string, string>;
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
  /** A connection that is older is used for no further request, because the name may have moved. */
  maxConnectionAgeMs?: number;
  /** PEM certificates to trust in place of the system's. */
  ca?: string | undefined;
  /** `address:port` of name servers to ask in place of the system's. */
  nameServers?: string[];
  /** To ask in place of name servers. */
  lookup?: Lookup;
}

const MAX_CONNECTION_AGE_MS = 120_000;

/**
 * Sends webhooks. A request is repeated here only when the receiver closed a kept connection without a byte of an
 * answer, which is nearly always a connection that it was closing when we wrote: once, at once, on a new connection.
 * Every other failure is left to the retry schedule, because the receiver may have processed the request.
 */
export function createPoster(options: PosterOptions): Poster {
  const { policy, timeoutMs, socketsPerPool = 128, maxConnectionAgeMs = MAX_CONNECTION_AGE_MS, ca } = options;
  const isLocal = (name: string) => policy.allowsPrivateNetworks && isLocalName(name);
  const nameServers = createNameServers({ servers: options.nameServers, isLocal });
  const resolve = createResolver({ lookup: options.lookup ?? nameServers.lookup });
  const transport = createTransport({ policy, resolve, timeoutMs, socketsPerPool, maxConnectionAgeMs, ca });
  let underWay = 0;
  const onIdle: (() => void)[] = [];
  let isClosed = false;

  function send(request: PostRequest): Promise<PostResult> {
    const { url, headers, body, owner = '', account = '', isSuccess = is2xx, clientCertificate } = request;
    const { promise, resolve: answer } = Promise.withResolvers<PostResult>();
    const settle = (result: PostResult) => {
      answer(result);
      underWay -= 1;
      if (underWay === 0) for (const resume of onIdle.splice(0)) resume();
    };
    underWay += 1;
    const target = typeof url === 'string' ? URL.parse(url) : url;
    const exchange = new Exchange({
      host: target?.hostname ?? String(url),
      timeoutMs: Math.min(timeoutMs, request.timeoutMs ?? timeoutMs),
      isSuccess,
      starting: transport.starting,
      repeat: () => dispatch({ isRepeated: true }),
      settle,
    });

    function dispatch({ isRepeated }: { isRepeated: boolean }): void {
      const problem = isClosed && !isRepeated ? shuttingDown() : findProblem(target, policy);
      if (target === null || problem !== undefined) return exchange.fail(problem);
      const all = isRepeated ? { ...headers, ...request.repeatHeaders?.() } : headers;
      try {
        transport.dispatch(
          { target, headers: all, body, owner, account, isRepeated, clientCertificate },
          exchange,
        );
      } catch (error) {
        exchange.fail(error);
      }
    }
    dispatch({ isRepeated: false });
    return promise;
  }

  return {
    post: send,
    async close() {
      isClosed = true;
      if (underWay > 0) await new Promise<void>((resolve) => onIdle.push(resolve));
      nameServers.cancel();
      await transport.destroy();
    },
  };
}

const is2xx = (statusCode: number) => statusCode >= 200 && statusCode < 300;

function shuttingDown(): OutboundError {
  return new OutboundError('connection', 'the request was not sent: this process was shutting down');
}

function findProblem(url: URL | null, policy: AddressPolicy): OutboundError | undefined {
  if (url === null) return new OutboundError('connection', 'the URL is not valid');
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && (policy.allowsPrivateNetworks || policy.isTrusted(url))) return undefined;
  return new OutboundError('blocked_address', `${url.origin} is not reached by https, which is not allowed`);
}
