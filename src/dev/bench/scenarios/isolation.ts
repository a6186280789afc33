import { startOurs } from '#src/dev/bench/contenders/ours.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Latency, latencyRow, measureLatency } from './measure-latency.ts';
import type { Scenario } from './scenario.ts';

export interface Isolation {
  alone: Latency;
  /** Of the same endpoint, while every message also goes to endpoints that are not well. */
  beside: Beside[];
}

interface Beside {
  /** The others, in words. */
  others: string;
  latency: Latency;
}

interface Others {
  others: string;
  perSecond: number;
  urls: (laboratory: Laboratory) => string[] | Promise<string[]>;
}

const PER_SECOND = 200;
const SECONDS_FACTOR = 2;
const WARM_UP_SECONDS_FACTOR = 0.6;
/** Those of one origin are more, at fewer messages a second, so that the machine has not more to do. */
const AT_ONE_ORIGIN = { count: 20, perSecond: 50 };

const OTHERS: Others[] = [
  { others: '5 that hang', perSecond: PER_SECOND, urls: (laboratory) => laboratory.badEndpoints('hang', 5) },
  { others: '5 that fail', perSecond: PER_SECOND, urls: (laboratory) => laboratory.badEndpoints('fail', 5) },
  {
    others: '5 that fail every second time',
    perSecond: PER_SECOND,
    urls: (laboratory) => laboratory.badEndpoints('half', 5),
  },
  {
    others: `${String(AT_ONE_ORIGIN.count)} of a dead origin`,
    perSecond: AT_ONE_ORIGIN.perSecond,
    urls: (laboratory) => laboratory.endpointsOfDeadOrigin(AT_ONE_ORIGIN.count),
  },
];

export const isolation: Scenario<Isolation> = {
  title: 'Isolation',
  about: `A good endpoint at ${String(PER_SECOND)} messages a second: alone, then with every message also to others of the same account that are not well (at ${String(AT_ONE_ORIGIN.perSecond)} a second to those of a dead origin).`,
  async measure(laboratory) {
    const ours = await startOurs(laboratory, 'isolation');
    const good = await laboratory.expectArrivals(1);
    const seconds = laboratory.seconds * SECONDS_FACTOR;
    const publisher = await ours.createApp(good);
    await measureLatency(laboratory, publisher, {
      perSecond: PER_SECOND,
      seconds: laboratory.seconds * WARM_UP_SECONDS_FACTOR,
    });
    const alone = await measureLatency(laboratory, publisher, { perSecond: PER_SECOND, seconds });
    const beside: Beside[] = [];
    for (const { others, perSecond, urls } of OTHERS) {
      const app = await ours.createApp([...good, ...(await urls(laboratory))], publisher.apiKey);
      beside.push({ others, latency: await measureLatency(laboratory, app, { perSecond, seconds }) });
      await laboratory.letGo();
    }
    return { alone, beside };
  },
  rows: ({ alone, beside }) => [
    { 'good endpoint': 'alone', ...latencyRow(alone) },
    ...beside.map(({ others, latency }) => ({ 'good endpoint': `beside ${others}`, ...latencyRow(latency) })),
  ],
};
