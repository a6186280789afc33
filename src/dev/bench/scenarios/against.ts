import { startOurs } from '#src/dev/bench/contenders/ours.ts';
import type { Sender } from '#src/dev/bench/contenders/others/sender.ts';
import { senderAt } from '#src/dev/bench/contenders/others/sender-at.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { percentilesOf } from '#src/dev/bench/percentiles.ts';
import { delaysOf } from './delays-of.ts';
import { type Latency, measureLatency } from './measure-latency.ts';
import type { Scenario } from './scenario.ts';

interface Round {
  acceptedPerSecond: number;
  deliveredPerSecond: number;
  /** Milliseconds from the request to the arrival, at saturation. */
  p50: number;
  refused: number;
  lost: number;
  repeated: number;
}

interface Compared {
  sender: string;
  fanOut: number;
  rounds: Round[];
  /** At 50 messages a second. */
  calm: Latency;
}

const FAN_OUTS = [1, 3, 10];
const ROUNDS = 3;
const PAYLOAD_BYTES = 300;
const CALM_PER_SECOND = 50;
const WARM_UP_SECONDS_FACTOR = 0.4;
const QUIET_MS = 30_000;

export const against: Scenario<Compared[]> = {
  title: 'Against others',
  about:
    'The same load for each sender, in turns: 64 connections as fast as they are answered, 300 B; medians of three rounds, with the least and the most; then 50 a second.',
  async measure(laboratory) {
    const senders = [await ourselves(laboratory), ...laboratory.against.map(senderAt)];
    const compared: Compared[] = [];
    for (const fanOut of FAN_OUTS) {
      const rounds = senders.map((): Round[] => []);
      for (let turn = 0; turn < laboratory.share(ROUNDS); turn += 1) {
        for (const [index, sender] of senders.entries()) {
          rounds[index]?.push(await measureRound(laboratory, sender, fanOut));
        }
      }
      for (const [index, sender] of senders.entries()) {
        const calm = await measureCalm(laboratory, sender, fanOut);
        compared.push({ sender: sender.name, fanOut, rounds: rounds[index] ?? [], calm });
      }
    }
    return compared;
  },
  rows: (compared) => compared.map(rowOf),
};

async function ourselves(laboratory: Laboratory): Promise<Sender> {
  const ours = await startOurs(laboratory, 'against');
  return { name: 'this one', createApp: (endpoints) => ours.createApp(endpoints) };
}

async function measureRound(laboratory: Laboratory, sender: Sender, fanOut: number): Promise<Round> {
  const publisher = await sender.createApp(await laboratory.expectArrivals(fanOut));
  const load = async (seconds: number) => {
    await laboratory.expectAgain(fanOut);
    const posted = await laboratory.post({
      target: { ...publisher, payloadBytes: PAYLOAD_BYTES },
      connections: laboratory.connections,
      pace: { seconds, messages: Number.POSITIVE_INFINITY },
    });
    const distinct = posted.accepted * fanOut;
    return { posted, arrived: await laboratory.arrived({ distinct, quietMs: QUIET_MS }) };
  };
  await load(laboratory.seconds * WARM_UP_SECONDS_FACTOR);
  const { posted, arrived } = await load(laboratory.seconds);
  const arrivedAtMs = await laboratory.arrivalTimes();
  return {
    acceptedPerSecond: (posted.accepted / (posted.endedAtMs - posted.startedAtMs)) * 1000,
    deliveredPerSecond: (arrived.distinct / (arrived.lastAtMs - posted.startedAtMs)) * 1000,
    p50: percentilesOf(delaysOf(posted, posted.sentAtMs, { arrivedAtMs, fanOut })).p50,
    refused: Object.values(posted.refused).reduce((sum, count) => sum + count, 0),
    lost: Math.max(0, posted.accepted * fanOut - arrived.distinct),
    repeated: arrived.repeated,
  };
}

async function measureCalm(laboratory: Laboratory, sender: Sender, fanOut: number): Promise<Latency> {
  const publisher = await sender.createApp(await laboratory.expectArrivals(fanOut));
  const pace = { perSecond: CALM_PER_SECOND, seconds: laboratory.seconds, fanOut };
  return measureLatency(laboratory, publisher, pace);
}

function rowOf({ sender, fanOut, rounds, calm }: Compared) {
  const delivered = rounds.map(({ deliveredPerSecond }) => deliveredPerSecond).sort((a, b) => a - b);
  const sum = (name: 'refused' | 'lost' | 'repeated') => rounds.reduce((total, one) => total + one[name], 0);
  return {
    sender,
    'fan-out': fanOut,
    'deliveries/s': Math.round(medianOf(delivered)),
    from: Math.round(delivered.at(0) ?? Number.NaN),
    to: Math.round(delivered.at(-1) ?? Number.NaN),
    'messages/s': Math.round(medianOf(rounds.map((one) => one.acceptedPerSecond))),
    'send → arrival p50 ms': medianOf(rounds.map(({ p50 }) => p50)),
    'at 50 a second p50 ms': calm.fromSend.p50,
    p99: calm.fromSend.p99,
    refused: sum('refused'),
    lost: sum('lost') + calm.lost,
    repeated: sum('repeated') + calm.repeated,
  };
}

const medianOf = (values: number[]) => percentilesOf(values).p50;
