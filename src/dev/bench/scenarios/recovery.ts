import { setTimeout as pause } from 'node:timers/promises';
import { startOursAlone } from '#src/dev/bench/contenders/ours.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Percentiles, percentilesOf } from '#src/dev/bench/percentiles.ts';
import type { Scenario } from './scenario.ts';

export interface Recovery {
  accepted: number;
  /** Attempts that the endpoint refused while it was down: their deliveries wait for a retry. */
  refused: number;
  /** Milliseconds from when it was well to the arrival of what was sent before. */
  backlog: Percentiles;
  /** Milliseconds from send to arrival of what was sent while the backlog arrived, and after it. */
  live: Percentiles;
  /** The most requests in flight at the endpoint in each of the first seconds of being well. */
  mostInFlight: number[];
  lost: number;
  repeated: number;
}

const PER_SECOND = 200;
const PAYLOAD_BYTES = 300;
const CONNECTIONS = 128;
/** It is down for this part of the traffic. */
const DOWN_SHARE = 1 / 3;
/** Within this time it is asked. */
const ASKED_WITHIN_MS = 60_000;
const SECONDS_FACTOR = 3;
const QUIET_MS = 30_000;
const SECONDS_SHOWN = 5;

/** Passes `ms`, and so much again until the endpoint has been asked. Throws when it is not in time. */
async function beDown(laboratory: Laboratory, ms: number): Promise<void> {
  const until = performance.now() + Math.max(ms, ASKED_WITHIN_MS);
  do {
    await pause(ms);
    if ((await laboratory.recovered()).refused > 0) return;
  } while (performance.now() < until);
  throw new Error('The endpoint was not asked while it was down');
}

export const recovery: Scenario<Recovery> = {
  title: 'Recovery',
  about: `An endpoint at ${String(PER_SECOND)} messages a second that answers 503 for a third of the time, then takes 10 ms for each.`,
  async measure(laboratory) {
    const ours = await startOursAlone(laboratory, 'recovery');
    const publisher = await ours.createApp([await laboratory.expectAfterOutage()]);
    const seconds = laboratory.seconds * SECONDS_FACTOR;
    const posting = laboratory.post({
      target: { ...publisher, payloadBytes: PAYLOAD_BYTES },
      connections: CONNECTIONS,
      pace: { perSecond: PER_SECOND, seconds },
    });
    await beDown(laboratory, seconds * DOWN_SHARE * 1000);
    await laboratory.recover();
    const { accepted, acceptedAtMs, sentAtMs } = await posting;
    const { refused, refusedMessages, wellAtMs } = await laboratory.recovered();
    const distinct = accepted - refusedMessages;
    const arrived = await laboratory.arrived({ distinct, quietMs: QUIET_MS });
    const arrivedAtMs = await laboratory.arrivalTimes();
    const { mostInFlight } = await laboratory.recovered();
    const backlog: number[] = [];
    const live: number[] = [];
    for (const [message, sentAt] of sentAtMs.entries()) {
      const at = arrivedAtMs[message] ?? 0;
      if (acceptedAtMs[message] === 0 || at === 0) continue;
      if (sentAt < wellAtMs) backlog.push(at - wellAtMs);
      else live.push(at - sentAt);
    }
    return {
      accepted,
      refused,
      backlog: percentilesOf(backlog),
      live: percentilesOf(live),
      mostInFlight: mostInFlight.slice(0, SECONDS_SHOWN),
      lost: Math.max(0, distinct - arrived.distinct),
      repeated: arrived.repeated,
    };
  },
  rows: ({ accepted, refused, backlog, live, mostInFlight, lost, repeated }) => [
    {
      accepted,
      refused,
      'well → backlog p50 ms': backlog.p50,
      p95: backlog.p95,
      max: backlog.max,
      'live p50 ms': live.p50,
      'p99 ': live.p99,
      'max ': live.max,
      'in flight by the second': mostInFlight.join(', '),
      lost,
      repeated,
    },
  ],
};
