import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports below the ranges from which operating systems take the ports of outgoing connections and of `listen(0)` (Linux
 * from 32768, others from 49152), because one of those could be taken between the probe and its use.
 */
const PORTS = { first: 20_000, end: 32_768 };

/** A TCP port that nobody listens on now. Another program seldom takes it first, because it is picked at random. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.first, PORTS.end);
    if (await isFree(port)) return port;
  }
}

/** Whether all addresses of this machine have the port free. */
async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port);
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
