import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Ports below the ranges from which operating systems take the ports of outgoing connections and of `listen(0)` (Linux
 * from 32768, others from 49152), because one of those could be taken between the probe and its use.
 */
const PORTS = { first: 20_000, end: 26_384 };
/** Each port has a guard, this far above it. */
const GUARD = 6384;

/**
 * A TCP port that nobody listens on now, and that no other call gives in any process of this machine, as long as this
 * process lives: the process listens on the port's guard until then.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.first, PORTS.end);
    const guard = await listenOn(port + GUARD);
    if (guard === null) continue;
    guard.unref();
    const probe = await listenOn(port);
    if (probe !== null) {
      probe.close();
      await once(probe, 'close');
      return port;
    }
    guard.close();
  }
}

/** A server on all addresses of this machine; null when somebody listens there. */
async function listenOn(port: number): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy()).listen(port);
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return null;
  }
}
