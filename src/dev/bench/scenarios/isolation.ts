import { startOurs } from '#src/dev/bench/contenders/ours.ts';
import { type Latency, latencyRow, measureLatency } from './measure-latency.ts';
import type { Scenario } from './scenario.ts';

export interface Isolation {
  alone: Latency;
  /** Of the same endpoint, while every message also goes to endpoints that never answer. */
  beside: Latency;
  hangingEndpoints: number;
  /** Requests that the hanging endpoints received. */
  hungRequests: number;
}

const HANGING = 5;
const PER_SECOND = 200;
const SECONDS_FACTOR = 2;
const WARM_UP_SECONDS_FACTOR = 0.6;

export const isolation: Scenario<Isolation> = {
  title: 'Isolation',
  about: `A good endpoint at ${String(PER_SECOND)} messages a second: alone, then with every message also to ${String(HANGING)} endpoints of the same account that never answer.`,
  async measure(laboratory) {
    const ours = await startOurs(laboratory, 'isolation');
    const good = await laboratory.expectArrivals(1);
    const pace = { perSecond: PER_SECOND, seconds: laboratory.seconds * SECONDS_FACTOR };
    const alone = await ours.createApp(good);
    const beside = await ours.createApp([...good, ...laboratory.hangingEndpoints(HANGING)], alone.apiKey);
    await measureLatency(laboratory, alone, {
      ...pace,
      seconds: laboratory.seconds * WARM_UP_SECONDS_FACTOR,
    });
    return {
      alone: await measureLatency(laboratory, alone, pace),
      beside: await measureLatency(laboratory, beside, pace),
      hangingEndpoints: HANGING,
      hungRequests: await laboratory.letGo(),
    };
  },
  rows: ({ alone, beside }) => [
    { 'good endpoint': 'alone', ...latencyRow(alone) },
    { 'good endpoint': `beside ${String(HANGING)} that hang`, ...latencyRow(beside) },
  ],
};
