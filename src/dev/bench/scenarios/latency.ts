import type { Contender } from '#src/dev/bench/contenders/contender.ts';
import { startOurs } from '#src/dev/bench/contenders/ours.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Latency, latencyRow, measureLatency } from './measure-latency.ts';
import { measureThroughput, warmUp } from './measure-throughput.ts';
import type { Scenario } from './scenario.ts';

export interface Latencies {
  low: Latency;
  /** At 70 % of the maximum throughput. */
  high: Latency;
}

const LOW_PER_SECOND = 50;
const HIGH_SHARE = 0.7;
/** Longer, because a 99th percentile at 50 messages a second needs enough messages. */
const LOW_SECONDS_FACTOR = 2.4;
const WARM_UP_SECONDS_FACTOR = 0.2;
const HIGH_SECONDS_FACTOR = 1.6;

export const latency: Scenario<Latencies> = {
  title: 'Latency',
  about: 'Posts at a steady rate, fan-out 1, 300 B: 50 a second, then 70 % of the most that it takes.',
  async measure(laboratory) {
    const ours = await startOurs(laboratory, 'latency');
    await warmUp(laboratory, ours);
    const maximum = laboratory.findings.maximumPerSecond ?? (await measureMaximum(laboratory, ours));
    const publisher = await ours.createApp(await laboratory.expectArrivals(1));
    const paces = {
      warmUp: { perSecond: LOW_PER_SECOND, seconds: laboratory.seconds * WARM_UP_SECONDS_FACTOR },
      low: { perSecond: LOW_PER_SECOND, seconds: laboratory.seconds * LOW_SECONDS_FACTOR },
      high: { perSecond: maximum * HIGH_SHARE, seconds: laboratory.seconds * HIGH_SECONDS_FACTOR },
    };
    await measureLatency(laboratory, publisher, paces.warmUp);
    return {
      low: await measureLatency(laboratory, publisher, paces.low),
      high: await measureLatency(laboratory, publisher, paces.high),
    };
  },
  rows: ({ low, high }) => [
    { load: '50 a second', ...latencyRow(low) },
    { load: '70 % of the most', ...latencyRow(high) },
  ],
};

/** Messages a second, when the scenario `throughput` has not run before. */
async function measureMaximum(laboratory: Laboratory, ours: Contender): Promise<number> {
  const { deliveredPerSecond } = await measureThroughput(laboratory, ours, { fanOut: 1, payloadBytes: 300 });
  return deliveredPerSecond;
}
