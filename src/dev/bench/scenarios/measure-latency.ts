import type { Publisher } from '#src/dev/bench/contenders/contender.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Percentiles, percentilesOf } from '#src/dev/bench/percentiles.ts';
import type { Posted } from '#src/dev/bench/wire/posted.ts';

export interface Latency {
  messagesPerSecond: number;
  accepted: number;
  refused: Record<number, number>;
  /** Milliseconds from the request to the arrival of the webhook at the first endpoint. */
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
}

const CONNECTIONS = 128;
const PAYLOAD_BYTES = 300;
const QUIET_MS = 15_000;

/** Posts at a steady rate to an app whose first endpoint records arrivals, and times each message. */
export async function measureLatency(
  laboratory: Laboratory,
  publisher: Publisher,
  { perSecond, seconds, connections = CONNECTIONS }: Pace,
): Promise<Latency> {
  await laboratory.expectAgain(1);
  const posted = await laboratory.post({
    target: { ...publisher, payloadBytes: PAYLOAD_BYTES },
    connections,
    pace: { perSecond, seconds },
  });
  const arrived = await laboratory.arrived({ distinct: posted.accepted, quietMs: QUIET_MS });
  const arrivedAtMs = await laboratory.arrivalTimes();
  return {
    messagesPerSecond: (posted.accepted / (posted.endedAtMs - posted.startedAtMs)) * 1000,
    accepted: posted.accepted,
    refused: posted.refused,
    fromSend: percentilesOf(differences(posted, posted.sentAtMs, arrivedAtMs)),
    fromAccept: percentilesOf(differences(posted, posted.acceptedAtMs, arrivedAtMs)),
    answer: percentilesOf(differences(posted, posted.sentAtMs, posted.acceptedAtMs)),
    lost: Math.max(0, posted.accepted - arrived.distinct),
    repeated: arrived.repeated,
  };
}

/** Milliseconds between `from` and `to`, of the messages that were accepted and have arrived. */
function differences({ acceptedAtMs }: Posted, from: Float64Array, to: Float64Array): number[] {
  return [...from.keys()]
    .filter((message) => acceptedAtMs[message] !== 0 && (to[message] ?? 0) !== 0)
    .map((message) => (to[message] ?? 0) - (from[message] ?? 0));
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
