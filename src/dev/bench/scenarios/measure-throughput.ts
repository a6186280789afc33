import type { Contender } from '#src/dev/bench/contenders/contender.ts';
import { startCounting } from '#src/dev/bench/costs.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Percentiles, percentilesOf } from '#src/dev/bench/percentiles.ts';
import { delaysOf } from './delays-of.ts';

export interface Mix {
  fanOut: number;
  payloadBytes: number;
}

export interface Throughput extends Mix {
  accepted: number;
  /** Counts of other responses than 2xx by status; 0: the connection was lost. */
  refused: Record<number, number>;
  /** Messages answered 2xx a second, while the load runs. */
  acceptedPerSecond: number;
  /** Arrivals a second, from the first message to the last arrival. */
  deliveredPerSecond: number;
  /** Milliseconds from the request to the arrival, over the endpoints of each message. */
  fromSend: Percentiles;
  walBytesPerDelivery: number;
  serverCpuSecondsPer1000: number;
  postgresCpuSecondsPer1000: number;
  lost: number;
  repeated: number;
}

const WARM_UP_SECONDS_FACTOR = 0.2;
const COMPILER_SECONDS_FACTOR = 0.6;
const QUIET_MS = 15_000;

/** Posts as fast as messages are accepted, waits until all are delivered and written, and measures the costs. */
export async function measureThroughput(
  laboratory: Laboratory,
  contender: Contender,
  mix: Mix,
): Promise<Throughput> {
  const { fanOut } = mix;
  const load = await createLoad(laboratory, contender, mix);
  // Opens connections, fills caches and widens the concurrency windows of the new app.
  await load(laboratory.seconds * WARM_UP_SECONDS_FACTOR);
  const count = await startCounting(contender);
  const { posted, arrived } = await load(laboratory.seconds);
  const costs = await count();
  const arrivedAtMs = await laboratory.arrivalTimes();

  const per1000 = (amount: number) => (amount / arrived.distinct) * 1000;
  return {
    ...mix,
    accepted: posted.accepted,
    refused: posted.refused,
    acceptedPerSecond: (posted.accepted / (posted.endedAtMs - posted.startedAtMs)) * 1000,
    deliveredPerSecond: (arrived.distinct / (arrived.lastAtMs - posted.startedAtMs)) * 1000,
    fromSend: percentilesOf(delaysOf(posted, posted.sentAtMs, { arrivedAtMs, fanOut })),
    walBytesPerDelivery: costs.walBytes / arrived.distinct,
    serverCpuSecondsPer1000: per1000(costs.serverCpuSeconds),
    postgresCpuSecondsPer1000: per1000(costs.postgresCpuSeconds),
    lost: Math.max(0, posted.accepted * fanOut - arrived.distinct),
    repeated: arrived.repeated,
  };
}

/** Loads the contender without measuring, because V8 compiles in the first seconds of a process. */
export async function warmUp(laboratory: Laboratory, contender: Contender): Promise<void> {
  const load = await createLoad(laboratory, contender, { fanOut: 1, payloadBytes: 300 });
  await load(laboratory.seconds * COMPILER_SECONDS_FACTOR);
}

/** Creates an app, and returns a function that loads it for some seconds and waits until all outcomes are written. */
async function createLoad(laboratory: Laboratory, contender: Contender, { fanOut, payloadBytes }: Mix) {
  const publisher = await contender.createApp(await laboratory.expectArrivals(fanOut));
  return async (seconds: number) => {
    await laboratory.expectAgain(fanOut);
    const posted = await laboratory.post({
      target: { ...publisher, payloadBytes },
      connections: laboratory.connections * laboratory.processes,
      pace: { seconds, messages: Number.POSITIVE_INFINITY },
    });
    const distinct = posted.accepted * fanOut;
    const arrived = await laboratory.arrived({ distinct, quietMs: QUIET_MS });
    await contender.outcomesWritten();
    return { posted, arrived };
  };
}

export function throughputRow(result: Throughput) {
  return {
    'fan-out': result.fanOut,
    'payload B': result.payloadBytes,
    'messages/s': Math.round(result.acceptedPerSecond),
    'deliveries/s': Math.round(result.deliveredPerSecond),
    'send → arrival p50 ms': result.fromSend.p50,
    p99: result.fromSend.p99,
    'WAL B/delivery': Math.round(result.walBytesPerDelivery),
    'server CPU s/1,000': result.serverCpuSecondsPer1000,
    'PostgreSQL CPU s/1,000': result.postgresCpuSecondsPer1000,
    refused: Object.values(result.refused).reduce((sum, count) => sum + count, 0),
    lost: result.lost,
    repeated: result.repeated,
  };
}
