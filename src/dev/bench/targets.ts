import { slowDown } from '#src/dev/bench/scenarios/fetching.ts';
import type { Figures } from '#src/dev/bench/scenarios/index.ts';
import { besideOf } from '#src/dev/bench/scenarios/isolation.ts';
import type { PageFigures } from '#src/dev/bench/scenarios/pages.ts';
import type { Throughput } from '#src/dev/bench/scenarios/measure-throughput.ts';
import { timesSlower } from '#src/dev/bench/scenarios/transformations.ts';
import { type Target, target } from './target.ts';

export type Verdict = Target & { isMet: boolean };

const TIMES_NAIVE = 25;
const SHARE_OF_UNDICI: Record<number, number> = { 1: 1 / 7, 3: 1 / 4, 10: 0.35 };
const WAL_BYTES: Record<number, number> = { 1: 1000, 3: 650, 10: 550 };
const P50_MS: Record<number, number> = { 1: 100, 3: 150, 10: 200 };
const SLOW_DOWN_PERCENT = 20;
const P99_LOW_MS = 8;
const P99_FAN_OUT_MS = 10;
const P99_HIGH_MS = 60;
const P99_OVERLOAD_MS = 1000;
const TIMES_ALONE = 2;
const RECOVERY_SECONDS = 10;
const TIMES_BESIDE_TRANSFORMATIONS = 1.1;
const PEAK_MB = 250;
const PAGE_MS = 50;
const PAGE_KB = 100;

/** Our targets next to the measured figures, each with whether it is met. */
export function verdictsOn(figures: Figures): Verdict[] {
  const targets = [
    ...onThroughput(figures),
    ...onLatency(figures),
    ...onIsolation(figures),
    ...onRecovery(figures),
    ...onTransformations(figures),
    ...onOverload(figures),
    ...onBacklog(figures),
    ...onFetching(figures),
    ...onPages(figures),
    ...onLosses(figures),
  ];
  return targets.map((target) => ({ ...target, isMet: isMet(target) }));
}

function isMet({ figure, bound, limit }: Target): boolean {
  if (bound === 'at least') return figure >= limit;
  return bound === 'under' ? figure < limit : figure <= limit;
}

/** Of messages of 300 bytes, because the other contenders are measured with the same size. */
function onThroughput({ throughput = [], naive = [], ceilings }: Figures): Target[] {
  const small = throughput.filter(({ payloadBytes }) => payloadBytes === 300);
  return small.flatMap((ours) => {
    const at = `at fan-out ${String(ours.fanOut)}`;
    const other = naive.find(({ fanOut }) => fanOut === ours.fanOut);
    return [
      ...timesNaive(ours, other),
      ...(ceilings === undefined
        ? []
        : [
            target(`deliveries/s as a share of bare undici, ${at}`, 'at least', {
              figure: ours.deliveredPerSecond / ceilings.undiciPerSecond,
              limit: SHARE_OF_UNDICI[ours.fanOut],
            }),
          ]),
      target(`p50 from send to arrival at saturation, ${at}, ms`, 'under', {
        figure: ours.fromSend.p50,
        limit: P50_MS[ours.fanOut],
      }),
      target(`bytes of WAL a delivery, ${at}`, 'under', {
        figure: ours.walBytesPerDelivery,
        limit: WAL_BYTES[ours.fanOut],
      }),
    ];
  });
}

function timesNaive(ours: Throughput, naive: Throughput | undefined): Target[] {
  if (naive === undefined) return [];
  return [
    target(`deliveries/s, times those of the naive design, at fan-out ${String(ours.fanOut)}`, 'at least', {
      figure: ours.deliveredPerSecond / naive.deliveredPerSecond,
      limit: TIMES_NAIVE,
    }),
  ];
}

function onLatency({ latency }: Figures): Target[] {
  if (latency === undefined) return [];
  const { low, lowFanOut, high } = latency;
  return [
    target('p99 from send to arrival at 50 messages a second, ms', 'under', {
      figure: low.fromSend.p99,
      limit: P99_LOW_MS,
    }),
    target('p99 from send to arrival at 50 messages a second to 10 endpoints, ms', 'under', {
      figure: lowFanOut.fromSend.p99,
      limit: P99_FAN_OUT_MS,
    }),
    target('p99 from send to arrival at 70 % of the most, ms', 'under', {
      figure: high.fromSend.p99,
      limit: P99_HIGH_MS,
    }),
  ];
}

function onIsolation({ isolation }: Figures): Target[] {
  if (isolation === undefined) return [];
  return besideOf(isolation).flatMap(({ others, latency, alone }) => [
    target(`healthy deliveries that are missing beside ${others}`, 'at most', {
      figure: latency.lost,
      limit: 0,
    }),
    target(`p99 of a healthy endpoint beside ${others}, times its own alone`, 'under', {
      figure: latency.fromSend.p99 / alone.fromSend.p99,
      limit: TIMES_ALONE,
    }),
  ]);
}

function onRecovery({ recovery }: Figures): Target[] {
  if (recovery === undefined) return [];
  return [
    target('deliveries that are missing after an outage', 'at most', { figure: recovery.lost, limit: 0 }),
    target('seconds from well to the last of what came during an outage', 'under', {
      figure: recovery.backlog.max / 1000,
      limit: RECOVERY_SECONDS,
    }),
  ];
}

function onTransformations({ transformations }: Figures): Target[] {
  if (transformations === undefined) return [];
  return [
    target('p50 from send to arrival beside transformations of another account, times without', 'at most', {
      figure: timesSlower(transformations),
      limit: TIMES_BESIDE_TRANSFORMATIONS,
    }),
  ];
}

function onOverload({ overload }: Figures): Target[] {
  if (overload === undefined) return [];
  return [
    target('messages that were accepted beyond capacity, and are missing', 'at most', {
      figure: overload.during.lost,
      limit: 0,
    }),
    target('p99 from 201 to arrival of what was accepted beyond capacity, ms', 'under', {
      figure: overload.during.fromAccept.p99,
      limit: P99_OVERLOAD_MS,
    }),
  ];
}

function onBacklog({ backlog }: Figures): Target[] {
  if (backlog === undefined) return [];
  const amount = backlog.deliveries.toLocaleString('en-US');
  return [
    target(`peak memory of a web or worker process with ${amount} pending deliveries of 4 KB, MB`, 'under', {
      figure: Math.max(backlog.workerPeakMemoryBytes, backlog.webPeakMemoryBytes) / 1e6,
      limit: PEAK_MB,
    }),
  ];
}

/** Checked, because refused or lost messages would improve the other figures. */
function onLosses(figures: Figures): Target[] {
  const { throughput = [], transformations = [], latency, isolation = [], recovery, backlog } = figures;
  const measured = [
    ...throughput,
    ...transformations.map((turn) => turn.latency),
    ...(latency === undefined ? [] : [latency.low, latency.lowFanOut, latency.high, latency.higher]),
    ...isolation.flatMap(({ alone, beside }) => [alone, ...beside.map(({ latency: one }) => one)]),
    ...(recovery === undefined ? [] : [{ lost: recovery.lost, refused: {} }]),
    ...(backlog === undefined ? [] : [{ ...backlog, refused: {} }]),
  ];
  if (measured.length === 0) return [];
  const figure = measured
    .flatMap(({ lost, refused }) => [lost, ...Object.values(refused)])
    .reduce((sum, count) => sum + count, 0);
  return [
    target('messages that were refused, and deliveries that were lost, in all of these', 'at most', {
      figure,
      limit: 0,
    }),
  ];
}

function onFetching({ fetching }: Figures): Target[] {
  if (fetching === undefined) return [];
  const amount = fetching.depth.toLocaleString('en-US');
  const slowDowns = {
    [`fetching slower with ${amount} pending, %`]: fetching.pending,
    'the same, with half of the accounts passed over, %': fetching.passing,
    [`fetching slower with ${amount} deferred retries, %`]: fetching.deferred,
    'the same, when nothing is due, %': fetching.idle,
  };
  return Object.entries(slowDowns).map(([what, times]) =>
    target(what, 'at most', { figure: slowDown(times) * 100, limit: SLOW_DOWN_PERCENT }),
  );
}

function onPages({ pages }: Figures): Target[] {
  if (pages === undefined) return [];
  const over = (limit: number, of: (page: PageFigures) => number) =>
    pages.pages.filter((page) => of(page) >= limit).length;
  return [
    target(`pages that take ${String(PAGE_MS)} ms or more at the median`, 'at most', {
      figure: over(PAGE_MS, ({ ms }) => ms.p50),
      limit: 0,
    }),
    target(`pages of ${String(PAGE_KB)} KB or more`, 'at most', {
      figure: over(PAGE_KB * 1000, ({ bytes }) => bytes),
      limit: 0,
    }),
  ];
}
