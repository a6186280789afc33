import { setTimeout as pause } from 'node:timers/promises';
import type { Contender } from '#src/dev/bench/contenders/contender.ts';
import { startOursAlone } from '#src/dev/bench/contenders/ours.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Latency, latencyRow, measureLatency } from './measure-latency.ts';
import type { Scenario } from './scenario.ts';

/** By the rate. */
export type Isolation = AtRate[];

interface AtRate {
  perSecond: number;
  alone: Latency;
  /** Of the same endpoint, while every message also goes to endpoints that are not well. */
  beside: Beside[];
}

interface Beside {
  /** The others, in words. */
  others: string;
  /** Requests to them, or to a dead origin attempts that were refused. More than 0. */
  asked: number;
  latency: Latency;
}

interface Others {
  others: string;
  perSecond: number;
  urls: (laboratory: Laboratory) => string[] | Promise<string[]>;
  asked: (laboratory: Laboratory, ours: Contender) => Promise<number>;
}

const PER_SECOND = 200;
const SECONDS_FACTOR = 2;
const WARM_UP_SECONDS_FACTOR = 0.6;
/** Those of one origin are more, at fewer messages a second, so that the machine has not more to do. */
const AT_ONE_ORIGIN = { count: 20, perSecond: 50 };
const ASKED_WITHIN_MS = 30_000;
const POLL_MS = 20;

const fiveThat = (others: string, how: 'hang' | 'fail' | 'half'): Others => ({
  others: `5 that ${others}`,
  perSecond: PER_SECOND,
  urls: (laboratory) => laboratory.badEndpoints(how, 5),
  asked: (laboratory) => laboratory.asked(how),
});

const OTHERS: Others[] = [
  fiveThat('hang', 'hang'),
  fiveThat('fail', 'fail'),
  fiveThat('fail every second time', 'half'),
  {
    others: `${String(AT_ONE_ORIGIN.count)} of a dead origin`,
    perSecond: AT_ONE_ORIGIN.perSecond,
    urls: (laboratory) => laboratory.endpointsOfDeadOrigin(AT_ONE_ORIGIN.count),
    asked: (_, { pool }) => countRefused(pool),
  },
];

export const isolation: Scenario<Isolation> = {
  title: 'Isolation',
  about: `A good endpoint at ${String(PER_SECOND)} messages a second: alone, then with every message also to others of the same account that are not well (at ${String(AT_ONE_ORIGIN.perSecond)} a second to those of a dead origin).`,
  async measure(laboratory) {
    const ours = await startOursAlone(laboratory, 'isolation');
    const good = await laboratory.expectArrivals(1);
    const seconds = laboratory.seconds * SECONDS_FACTOR;
    const publisher = await ours.createApp(good);
    await measureLatency(laboratory, publisher, {
      perSecond: PER_SECOND,
      seconds: laboratory.seconds * WARM_UP_SECONDS_FACTOR,
    });
    const rates: Isolation = [];
    // All before the first of the others, because these are retried later.
    for (const perSecond of new Set(OTHERS.map((one) => one.perSecond))) {
      const alone = await measureLatency(laboratory, publisher, { perSecond, seconds });
      rates.push({ perSecond, alone, beside: [] });
    }
    for (const { perSecond, beside } of rates) {
      for (const one of OTHERS.filter((other) => other.perSecond === perSecond)) {
        const app = await ours.createApp([...good, ...(await one.urls(laboratory))], publisher.apiKey);
        const latency = await measureLatency(laboratory, app, { perSecond, seconds });
        beside.push({ others: one.others, asked: await askedOf(one, laboratory, ours), latency });
        await laboratory.letGo();
      }
    }
    return rates;
  },
  rows: (rates) =>
    rates.flatMap(({ perSecond, alone, beside }) => [
      { 'good endpoint': `alone at ${String(perSecond)}/s`, ...latencyRow(alone), 'others asked': 0 },
      ...beside.map(({ others, asked, latency }) => ({
        'good endpoint': `beside ${others}`,
        ...latencyRow(latency),
        'others asked': asked,
      })),
    ]),
};

/** Each with the same endpoint alone, at the same rate. */
export const besideOf = (isolation: Isolation) =>
  isolation.flatMap(({ alone, beside }) => beside.map((one) => ({ ...one, alone })));

/** Throws when they are not asked in time: then nothing was measured beside them. */
async function askedOf({ others, asked }: Others, laboratory: Laboratory, ours: Contender): Promise<number> {
  const until = performance.now() + ASKED_WITHIN_MS;
  while (performance.now() < until) {
    const count = await asked(laboratory, ours);
    if (count > 0) return count;
    await pause(POLL_MS);
  }
  throw new Error(`Nothing was sent to the ${others}`);
}

/** Attempts, of all accounts, that found nobody listening. */
async function countRefused(pool: Contender['pool']): Promise<number> {
  const { rows: accounts } = await pool.query<{ id: string }>('select id from accounts');
  const counts = await Promise.all(
    accounts.map(async ({ id }) => {
      const { rows } = await pool.query<{ count: number }>(
        `select count(*)::int as count from attempts where account_id = $1 and outcome = 'refused'`,
        [id],
      );
      return rows[0]?.count ?? 0;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
