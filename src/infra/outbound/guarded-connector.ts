import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import type { ClientCertificate } from './client-certificate.ts';
import { createDialer } from './dial.ts';
import { OutboundError } from './outcome.ts';
import type { PostTimings } from './outcome.ts';
import type { Resolve } from './resolver.ts';

export type Connector = buildConnector.connector;

/** How long the phases of opening a connection took, in milliseconds; null for one that it did not need. */
export type OpeningTimings = Pick<PostTimings, 'dnsMs' | 'connectMs' | 'tlsMs'>;

/** Who connects. */
export interface Client {
  /** Whose look-up of the name it is. */
  account: string;
  clientCertificate?: ClientCertificate | undefined;
}

interface GuardedConnectorOptions {
  allowsAddress(address: string): boolean;
  resolve: Resolve;
  timeoutMs: number;
  /** PEM certificates to trust in place of the system's. */
  ca?: string | undefined;
  /**
   * The request whose dispatch opens the connection, to write the phases into as they end; undefined when undici opens
   * one later, because the one before it was closed meanwhile. Called once, while undici calls the connector.
   */
  opening?: () => OpeningTimings | undefined;
  /** Called with each connection, before undici gets it. */
  opened?: (socket: Socket, timings: OpeningTimings) => void;
}

/**
 * Opens undici's connections, http and https, to allowed addresses only. The name is resolved here, and the connection
 * goes to exactly the addresses that were checked, so a name server that changes its answer between check and use (DNS
 * rebinding) gains nothing. TLS still verifies the original name. undici's own options do not suffice: `blockList` does
 * not cover https, and `lookup` of `connect` does not cover literal addresses.
 *
 * Answers the connector of a client, because undici opens a connection at times of its own, when no request tells whose
 * it is.
 */
export function createGuardedConnector(options: GuardedConnectorOptions): (client: Client) => Connector {
  const open = createOpener(options);
  const anonymous = createSecure(options);

  return ({ account, clientCertificate }) => {
    // One for each pair, because it keeps TLS sessions, which speak for who opened them.
    const secure = clientCertificate === undefined ? anonymous : createSecure(options, clientCertificate);
    return (target, callback) => {
      const timings = options.opening?.() ?? { dnsMs: null, connectMs: null, tlsMs: null };
      open(target, { account, secure, timings }).then(
        (socket) => {
          options.opened?.(socket, timings);
          callback(null, socket);
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    };
  };
}

function createSecure({ timeoutMs, ca }: GuardedConnectorOptions, client?: ClientCertificate): Connector {
  return buildConnector({
    allowH2: false,
    timeout: timeoutMs,
    ...(ca === undefined ? {} : { ca }),
    ...(client === undefined ? {} : { cert: client.certificate, key: client.privateKey }),
  });
}

interface Opening {
  /** Whose look-ups the one of the name counts among. */
  account: string;
  /** Makes TLS of it. */
  secure: Connector;
  timings: OpeningTimings;
}

function createOpener({ allowsAddress, resolve, timeoutMs }: GuardedConnectorOptions) {
  const dial = createDialer();

  return async function open(target: buildConnector.Options, opening: Opening): Promise<Socket> {
    const { account, secure, timings } = opening;
    const phase = createStopwatch();
    const deadlineMs = performance.now() + timeoutMs;
    const { hostname: name, protocol } = target;
    const isLiteral = isIP(name) !== 0;

    const resolved = isLiteral ? [name] : await resolve(name, account);
    if (!isLiteral) timings.dnsMs = phase();
    const addresses = judge(resolved, name, allowsAddress);

    const port = Number(target.port || (protocol === 'https:' ? 443 : 80));
    const tcp = await dial({ name, addresses, port, deadlineMs });
    timings.connectMs = phase();
    if (protocol !== 'https:') return tcp;

    const tls = await handshake(secure, { ...target, ...nameToProve(name), httpSocket: tcp });
    timings.tlsMs = phase();
    return tls;
  };
}

/**
 * The allowed ones of `addresses`. Throws OutboundError `blocked_address` when none is allowed, `dns` when the list is
 * empty.
 */
function judge(addresses: string[], name: string, allowsAddress: (address: string) => boolean): string[] {
  if (addresses.length === 0) throw new OutboundError('dns', `the name ${name} has no address`);
  const allowed = addresses.filter(allowsAddress);
  if (allowed.length > 0) return allowed;
  throw new OutboundError(
    'blocked_address',
    `${name} is at an address that is not public, which is not allowed`,
  );
}

function handshake(connector: Connector, target: buildConnector.Options): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connector(target, (error, socket) => (error === null ? resolve(socket) : reject(error)));
  }).catch((error: unknown) => {
    target.httpSocket?.destroy();
    throw error;
  }) as Promise<Socket>;
}

/**
 * SNI takes names only, and without the dot that ends an absolute one (RFC 6066, section 3); for a literal the
 * certificate is checked against the address.
 */
function nameToProve(hostname: string): { servername?: string } {
  return isIP(hostname) === 0 ? { servername: hostname.replace(/\.$/, '') } : {};
}

function createStopwatch(): () => number {
  let startedMs = performance.now();
  return () => {
    const nowMs = performance.now();
    const tookMs = nowMs - startedMs;
    startedMs = nowMs;
    return tookMs;
  };
}
