import { connect as netConnect, isIPv6 } from 'node:net';
import type { Socket, TcpNetConnectOpts } from 'node:net';
import { LRUCache } from 'lru-cache';
import { OutboundError } from './outcome.ts';

interface Target {
  /** The name, for the error. */
  name: string;
  /** In the order of the resolver; at least one. */
  addresses: string[];
  port: number;
  deadlineMs: number;
}

/** Opens a TCP connection to one of a name's addresses; by the deadline, by `performance.now`. */
export type Dial = (target: Target) => Promise<Socket>;

type Connect = (options: TcpNetConnectOpts) => Socket;

/** After this long the next address is tried as well (RFC 8305, section 8). */
const STAGGER_MS = 250;
/** Of one name: a name can have thousands, and each would cost a connection attempt. */
const MAX_ADDRESSES = 64;
const MAX_REMEMBERED = 10_000;

/**
 * Happy Eyeballs (RFC 8305): the addresses are tried in turn, IPv6 and IPv4 alternately, and the first to answer is
 * used; an address that is silent delays the others by 250 ms each, and one that refuses not at all. What answered last
 * is tried first. Node's own `autoSelectFamily` gives up each address after its 250 ms, which receivers far away need.
 */
export function createDialer(connect: Connect = netConnect): Dial {
  const answeredBefore = new LRUCache<string, string>({ max: MAX_REMEMBERED });

  return async ({ name, addresses, port, deadlineMs }) => {
    const key = `${name}:${String(port)}`;
    const first = answeredBefore.get(key);
    const inOrder = alternate(addresses, first).slice(0, MAX_ADDRESSES);
    const { socket, address } = await race(inOrder, { name, port, deadlineMs, connect });
    // Of most names only one address is known, and nothing needs to be remembered.
    if (addresses.length > 1 && address !== first) answeredBefore.set(key, address);
    return socket;
  };
}

/** RFC 8305, section 4: the families in turn, each in the order of the resolver; `first` before all, if it is there. */
export function alternate(addresses: string[], first?: string): string[] {
  const unique = [...new Set(addresses)];
  const [leading, other] = [true, false].map((isFirst) =>
    unique.filter((address) => isIPv6(address) === isFirst),
  ) as [string[], string[]];
  const turns = Math.max(leading.length, other.length);
  const inTurn = Array.from({ length: turns }, (_, turn) => [leading[turn], other[turn]]).flat();
  const ordered = inTurn.filter((address) => address !== undefined);
  return first === undefined || !unique.includes(first)
    ? ordered
    : [first, ...ordered.filter((address) => address !== first)];
}

interface Race {
  name: string;
  port: number;
  deadlineMs: number;
  connect: Connect;
}

/** Resolves with the first connection; rejects with the error of the last address, or at the deadline. */
function race(addresses: string[], { name, port, deadlineMs, connect }: Race) {
  return new Promise<{ socket: Socket; address: string }>((resolve, reject) => {
    const attempts = new Set<Socket>();
    let next = 0;
    let stagger: NodeJS.Timeout | undefined;

    const end = (winner?: Socket) => {
      clearTimeout(stagger);
      clearTimeout(deadline);
      for (const socket of attempts) if (socket !== winner) socket.destroy();
      attempts.clear();
    };
    const deadline = setTimeout(
      () => {
        end();
        reject(new OutboundError('timeout', `${name} did not accept the connection in time`));
      },
      Math.max(1, deadlineMs - performance.now()),
    );

    function tryNext(): void {
      clearTimeout(stagger);
      const address = addresses[next];
      if (address === undefined) return;
      next += 1;
      const socket = connect({
        host: address,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 60_000,
      });
      attempts.add(socket);
      socket.once('connect', () => {
        if (!attempts.has(socket)) return;
        end(socket);
        resolve({ socket, address });
      });
      socket.on('error', (error) => {
        if (!attempts.delete(socket)) return;
        if (next < addresses.length) tryNext();
        else if (attempts.size === 0) {
          end();
          reject(error);
        }
      });
      if (next < addresses.length) stagger = setTimeout(tryNext, STAGGER_MS);
    }
    tryNext();
  });
}
