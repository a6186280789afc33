import type { Pool } from 'pg';
import type { Config } from '../../config.ts';
import { type Child, cpuSeconds } from './child.ts';
import { postFor } from './load.ts';
import { createSubscribedApp } from './subscribed-app.ts';

export interface Throughput {
  fanOut: number;
  payloadBytes: number;
  /** Messages answered 201 a second, while the load ran. */
  acceptedPerSecond: number;
  /** Deliveries over the time until the last of them, with the tail. */
  deliveredPerSecond: number;
  walBytesPerDelivery: number;
  serverCpuSecondsPer1000Deliveries: number;
  lost: number;
}

export interface Bench {
  config: Config;
  pool: Pool;
  server: Child;
  receiver: Child;
  seconds: number;
}

const CONNECTIONS = 64;
const GIVE_UP_MS = 120_000;

/** Loads the server as hard as it takes, waits until all is delivered, and answers what it cost. */
export async function measureThroughput(
  bench: Bench,
  { fanOut, payloadBytes }: { fanOut: number; payloadBytes: number },
): Promise<Throughput> {
  const { config, receiver, server, seconds } = bench;
  const receiverUrl = `http://127.0.0.1:${String(receiver.first['port'])}`;
  const { appId, apiKey } = await createSubscribedApp(config, { fanOut, receiverUrl });
  const arrivals = countArrivals(receiver);
  const before = {
    wal: await walBytes(bench.pool),
    cpu: cpuSeconds(server.process.pid),
    atMs: performance.now(),
  };

  const accepted = await postFor({
    url: `${config.http.baseUrl}/api/v1/apps/${appId}/messages`,
    apiKey,
    body: messageOf(payloadBytes),
    connections: CONNECTIONS,
    seconds,
  });
  const loadedMs = performance.now() - before.atMs;
  const { count: delivered, atMs } = await arrivals.reach(accepted * fanOut);
  await settled(bench.pool);

  return {
    fanOut,
    payloadBytes,
    acceptedPerSecond: (accepted / loadedMs) * 1000,
    deliveredPerSecond: (delivered / (atMs - before.atMs)) * 1000,
    walBytesPerDelivery: ((await walBytes(bench.pool)) - before.wal) / delivered,
    serverCpuSecondsPer1000Deliveries: ((cpuSeconds(server.process.pid) - before.cpu) / delivered) * 1000,
    lost: Math.max(0, accepted * fanOut - delivered),
  };
}

function messageOf(payloadBytes: number): string {
  const data = { id: 1, text: 'x'.repeat(Math.max(0, payloadBytes - 24)) };
  return JSON.stringify({ event_type: 'user.created', version: '1.0', data });
}

/** Counts from now on; `reach` resolves when there are that many, or when nothing has come for long. */
function countArrivals(receiver: Child) {
  const baseline = lastCount.get(receiver) ?? 0;
  let count = 0;
  let atMs = performance.now();
  let check = () => {};
  const listener = (message: { received?: number }) => {
    if (message.received === undefined) return;
    lastCount.set(receiver, message.received);
    count = message.received - baseline;
    atMs = performance.now();
    check();
  };
  receiver.process.on('message', listener);
  return {
    reach: async (expected: number) => {
      await new Promise<void>((resolve) => {
        const givingUp = setTimeout(resolve, GIVE_UP_MS);
        check = () => {
          if (count < expected) return;
          clearTimeout(givingUp);
          resolve();
        };
        check();
      });
      receiver.process.off('message', listener);
      return { count, atMs };
    },
  };
}

const lastCount = new WeakMap<Child, number>();

async function walBytes(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ bytes: number }>(
    `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as bytes`,
  );
  return rows[0]?.bytes ?? 0;
}

/** Waits until the outcomes are written too, so that their cost is counted. */
async function settled(pool: Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ jobs: number }>('select count(*)::int as jobs from pgboss.job');
    if (rows[0]?.jobs === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
