import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { OutboundError } from './outcome.ts';
import type { PostTimings } from './outcome.ts';
import type { Lookup } from './resolver.ts';

export type Connector = buildConnector.connector;

interface GuardedConnectorOptions {
  allowsAddress(address: string): boolean;
  resolve: Lookup;
  timeoutMs: number;
  /** PEM certificates to trust in place of the system's. */
  ca?: string | undefined;
  /** Called once, while undici calls the connector: the object to write the durations of the phases into. */
  timings?: () => PostTimings | undefined;
}

/**
 * Opens undici's connections, http and https, to allowed addresses only. The name is resolved here, and the connection
 * goes to exactly the addresses that were checked, so a name server that changes its answer between check and use (DNS
 * rebinding) gains nothing. TLS still verifies the original name. undici's own options do not suffice: `blockList` does
 * not cover https, and `lookup` of `connect` does not cover literal addresses.
 */
export function createGuardedConnector(options: GuardedConnectorOptions): Connector {
  const open = createOpener(options);

  return (target, callback) => {
    const timings = options.timings?.();
    open(target, timings).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

/** Addresses of one name that are tried; a name may have dozens, and a reachable one is among the first. */
const MAX_ADDRESSES = 4;

function createOpener({ allowsAddress, resolve, timeoutMs, ca }: GuardedConnectorOptions) {
  const base = { allowH2: false, ...(ca === undefined ? {} : { ca }) };
  // An address that does not answer (often a broken IPv6 route) must leave time for the next ones.
  const impatient = buildConnector({ ...base, timeout: Math.max(1, Math.min(2500, timeoutMs / 3)) });
  const patient = buildConnector({ ...base, timeout: timeoutMs });

  return async function open(target: buildConnector.Options, timings?: PostTimings): Promise<Socket> {
    const phase = createStopwatch();
    const deadlineMs = performance.now() + timeoutMs;
    const isLiteral = isIP(target.hostname) !== 0;

    const addresses = isLiteral ? [target.hostname] : await resolve(target.hostname);
    if (timings !== undefined && !isLiteral) timings.dnsMs = phase();
    const allowed = judge(addresses, target.hostname, allowsAddress);

    const tcp = await connectToFirst(allowed, (address, isLast) =>
      connect(
        isLast ? patient : impatient,
        {
          protocol: 'http:',
          hostname: address,
          port: target.port || (target.protocol === 'https:' ? '443' : '80'),
        },
        deadlineMs,
      ),
    );
    if (timings !== undefined) timings.connectMs = phase();
    if (target.protocol !== 'https:') return tcp;

    const secure = await connect(
      patient,
      { ...target, ...nameToProve(target.hostname), httpSocket: tcp },
      deadlineMs,
    ).catch((error: unknown) => {
      tcp.destroy();
      throw error;
    });
    if (timings !== undefined) timings.tlsMs = phase();
    return secure;
  };
}

/**
 * The allowed ones of `addresses`. Throws OutboundError `blocked_address` when none is allowed, `dns` when the list is
 * empty.
 */
function judge(addresses: string[], name: string, allowsAddress: (address: string) => boolean): string[] {
  if (addresses.length === 0) throw new OutboundError('dns', `the name ${name} has no address`);
  const allowed = addresses.filter(allowsAddress).slice(0, MAX_ADDRESSES);
  if (allowed.length > 0) return allowed;
  throw new OutboundError(
    'blocked_address',
    `${name} is at an address that is not public, which is not allowed`,
  );
}

async function connectToFirst(
  addresses: string[],
  connectTo: (address: string, isLast: boolean) => Promise<Socket>,
): Promise<Socket> {
  for (const [index, address] of addresses.entries()) {
    const isLast = index === addresses.length - 1;
    try {
      return await connectTo(address, isLast);
    } catch (error) {
      if (isLast) throw error;
    }
  }
  throw new Error('no address to connect to');
}

function connect(connector: Connector, target: buildConnector.Options, deadlineMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // The deadline of the request that needs this connection has passed.
    if (performance.now() >= deadlineMs) {
      reject(new OutboundError('timeout', `${target.hostname} did not accept the connection in time`));
      return;
    }
    connector(target, (error, socket) => (error === null ? resolve(socket) : reject(error)));
  });
}

/** SNI takes names only (RFC 6066, section 3); for a literal the certificate is checked against the address. */
function nameToProve(hostname: string): { servername?: string } {
  return isIP(hostname) === 0 ? { servername: hostname } : {};
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
