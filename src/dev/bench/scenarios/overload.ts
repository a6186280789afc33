import { startOurs } from '#src/dev/bench/contenders/ours.ts';
import { peakMemoryBytes } from '#src/dev/bench/proc.ts';
import { type Latency, latencyRow, measureLatency } from './measure-latency.ts';
import { measureThroughput, warmUp } from './measure-throughput.ts';
import type { Scenario } from './scenario.ts';

export interface Overload {
  during: Latency;
  /** At half of the most, right after the overload. */
  after: Latency;
  peakMemoryBytes: number;
}

/** More than what may wait, so that the rate is kept when answers come late. */
const CONNECTIONS = 1536;
const TIMES_THE_MOST = 2;
const SECONDS_FACTOR = 4;
const AFTER_SHARE = 0.5;

export const overload: Scenario<Overload> = {
  title: 'Overload',
  about: `Posts at ${String(TIMES_THE_MOST)} times the rate that it takes, whether answers come or not, then at half of it; fan-out 1, 300 B.`,
  async measure(laboratory) {
    const ours = await startOurs(laboratory, 'overload');
    await warmUp(laboratory, ours);
    const maximum =
      laboratory.findings.maximumPerSecond ??
      (await measureThroughput(laboratory, ours, { fanOut: 1, payloadBytes: 300 })).deliveredPerSecond;
    const publisher = await ours.createApp(await laboratory.expectArrivals(1));
    const during = await measureLatency(laboratory, publisher, {
      perSecond: maximum * TIMES_THE_MOST,
      seconds: laboratory.seconds * SECONDS_FACTOR,
      connections: CONNECTIONS,
    });
    const after = await measureLatency(laboratory, publisher, {
      perSecond: maximum * AFTER_SHARE,
      seconds: laboratory.seconds,
    });
    return { during, after, peakMemoryBytes: peakMemoryBytes(ours.pid) };
  },
  rows: ({ during, after, peakMemoryBytes: bytes }) => [
    { load: `${String(TIMES_THE_MOST)} times the most`, ...overloadRow(during), 'peak MB': bytes / 1e6 },
    { load: 'half of the most', ...overloadRow(after), 'peak MB': bytes / 1e6 },
  ],
};

function overloadRow(result: Latency) {
  const refused = Object.entries(result.refused).map(([status, count]) => `${String(count)} × ${status}`);
  return { ...latencyRow(result), refused: refused.join(', ') || '0' };
}
