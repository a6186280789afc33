import { type Dispatcher, Pool } from 'undici';
import { monotonicMs } from '#src/dev/bench/monotonic-clock.ts';
import { serveParent } from '#src/dev/bench/serve-parent.ts';
import { numberedData, numberOffset, writeNumber } from '#src/dev/bench/wire/numbered-body.ts';

// The ceiling of undici: posts the same body over and over, without a signature, a queue or a log.

interface Dispatch {
  url: string;
  payloadBytes: number;
  connections: number;
  seconds: number;
}

export interface Dispatched {
  sent: number;
  startedAtMs: number;
}

const calls = { dispatch };
export type BareUndiciCalls = typeof calls;
serveParent(calls);

async function dispatch({ url, payloadBytes, connections, seconds }: Dispatch): Promise<Dispatched> {
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const startedAtMs = monotonicMs();
  const untilMs = startedAtMs + seconds * 1000;
  let sent = 0;
  const keepSending = async () => {
    const body = Buffer.from(JSON.stringify(numberedData(payloadBytes)));
    const offset = numberOffset(body);
    while (monotonicMs() < untilMs) {
      writeNumber(body, offset, sent++);
      await send(pool, { path, body });
    }
  };
  await Promise.all(Array.from({ length: connections }, keepSending));
  await pool.close();
  return { sent, startedAtMs };
}

/** Sends with `dispatch`, the cheapest method of undici. */
async function send(pool: Pool, { path, body }: { path: string; body: Buffer }): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: () => undefined,
      onResponseData: () => undefined,
      onResponseEnd: () => resolve(),
      onResponseError: (_controller, error) => reject(error),
    };
    pool.dispatch({ method: 'POST', path, headers, body }, handler);
  });
}
