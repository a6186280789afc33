import type { Contender } from '#src/dev/bench/contenders/contender.ts';
import { startOurs } from '#src/dev/bench/contenders/ours.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Latency, latencyRow, measureLatency } from './measure-latency.ts';
import { measureThroughput, warmUp } from './measure-throughput.ts';
import type { Scenario } from './scenario.ts';

export interface Latencies {
  low: Latency;
  lowFanOut: Latency;
  /** At parts of the maximum throughput. */
  high: Latency;
  higher: Latency;
}

const LOW_PER_SECOND = 50;
const FAN_OUT = 10;
const HIGH_SHARE = 0.7;
const HIGHER_SHARE = 0.9;
/** Longer, because a 99th percentile at 50 messages a second needs enough messages. */
const LOW_SECONDS_FACTOR = 2.4;
const WARM_UP_SECONDS_FACTOR = 0.2;
const HIGH_SECONDS_FACTOR = 1.6;

export const latency: Scenario<Latencies> = {
  title: 'Latency',
  about:
    'Posts at a steady rate, 300 B: 50 a second, then 70 and 90 % of the most that it takes; the throughput table has 100 %.',
  async measure(laboratory) {
    const ours = await startOurs(laboratory, 'latency');
    await warmUp(laboratory, ours);
    const maximum = laboratory.findings.maximumPerSecond ?? (await measureMaximum(laboratory, ours));
    const measure = async (
      perSecond: number,
      { factor, fanOut = 1 }: { factor: number; fanOut?: number },
    ) => {
      const publisher = await ours.createApp(await laboratory.expectArrivals(fanOut));
      const seconds = laboratory.seconds * factor;
      const warmUpSeconds = laboratory.seconds * WARM_UP_SECONDS_FACTOR;
      await measureLatency(laboratory, publisher, { perSecond, seconds: warmUpSeconds, fanOut });
      return measureLatency(laboratory, publisher, { perSecond, seconds, fanOut });
    };
    return {
      low: await measure(LOW_PER_SECOND, { factor: LOW_SECONDS_FACTOR }),
      lowFanOut: await measure(LOW_PER_SECOND, { factor: LOW_SECONDS_FACTOR, fanOut: FAN_OUT }),
      high: await measure(maximum * HIGH_SHARE, { factor: HIGH_SECONDS_FACTOR }),
      higher: await measure(maximum * HIGHER_SHARE, { factor: HIGH_SECONDS_FACTOR }),
    };
  },
  rows: ({ low, lowFanOut, high, higher }) => [
    { load: '50 a second', 'fan-out': 1, ...latencyRow(low) },
    { load: '50 a second', 'fan-out': FAN_OUT, ...latencyRow(lowFanOut) },
    { load: '70 % of the most', 'fan-out': 1, ...latencyRow(high) },
    { load: '90 % of the most', 'fan-out': 1, ...latencyRow(higher) },
  ],
};

/** Messages a second, when the scenario `throughput` has not run before. */
async function measureMaximum(laboratory: Laboratory, ours: Contender): Promise<number> {
  const { deliveredPerSecond } = await measureThroughput(laboratory, ours, { fanOut: 1, payloadBytes: 300 });
  return deliveredPerSecond;
}
