import type { Publisher } from '#src/dev/bench/contenders/contender.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Percentiles, percentilesOf } from '#src/dev/bench/percentiles.ts';
import { delaysOf } from './delays-of.ts';

export interface Latency {
  messagesPerSecond: number;
  accepted: number;
  refused: Record<number, number>;
  /** Milliseconds from the request to the arrival of the webhook at an endpoint that is timed. */
  fromSend: Percentiles;
  /** Milliseconds from the 201 to the arrival; negative when the webhook arrived first. */
  fromAccept: Percentiles;
  /** Milliseconds from the request to the 201. */
  answer: Percentiles;
  lost: number;
  repeated: number;
}

interface Pace {
  perSecond: number;
  seconds: number;
  connections?: number;
  /** Of the app; arrivals at each of its endpoints are timed. */
  fanOut?: number;
}

const CONNECTIONS = 128;
const PAYLOAD_BYTES = 300;
const QUIET_MS = 15_000;

/** Posts at a steady rate to an app whose first endpoints record arrivals, and times each message at each of them. */
export async function measureLatency(
  laboratory: Laboratory,
  publisher: Publisher,
  { perSecond, seconds, connections = CONNECTIONS, fanOut = 1 }: Pace,
): Promise<Latency> {
  await laboratory.expectAgain(fanOut);
  const posted = await laboratory.post({
    target: { ...publisher, payloadBytes: PAYLOAD_BYTES },
    connections,
    pace: { perSecond, seconds },
  });
  const arrived = await laboratory.arrived({ distinct: posted.accepted * fanOut, quietMs: QUIET_MS });
  const arrivedAtMs = await laboratory.arrivalTimes();
  return {
    messagesPerSecond: (posted.accepted / (posted.endedAtMs - posted.startedAtMs)) * 1000,
    accepted: posted.accepted,
    refused: posted.refused,
    fromSend: percentilesOf(delaysOf(posted, posted.sentAtMs, { arrivedAtMs, fanOut })),
    fromAccept: percentilesOf(delaysOf(posted, posted.acceptedAtMs, { arrivedAtMs, fanOut })),
    answer: percentilesOf(delaysOf(posted, posted.sentAtMs, { arrivedAtMs: posted.acceptedAtMs, fanOut: 1 })),
    lost: Math.max(0, posted.accepted * fanOut - arrived.distinct),
    repeated: arrived.repeated,
  };
}

export function latencyRow(result: Latency) {
  const { fromSend, fromAccept, answer } = result;
  return {
    'messages/s': Math.round(result.messagesPerSecond),
    'send → arrival p50 ms': fromSend.p50,
    p95: fromSend.p95,
    p99: fromSend.p99,
    max: fromSend.max,
    '201 → arrival p50 ms': fromAccept.p50,
    'p95 ': fromAccept.p95,
    'p99 ': fromAccept.p99,
    'send → 201 p50 ms': answer.p50,
    ' p99': answer.p99,
    lost: result.lost,
    repeated: result.repeated,
  };
}
