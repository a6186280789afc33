import { errorRateOf, type HourCount, type StepCount, sumOf } from '#src/domain/attempts/delivery-counts.ts';
import { percentilesOf } from '#src/domain/attempts/answer-times.ts';
import { HOUR_MS } from '#src/domain/attempts/ranges.ts';
import { viewHelpers } from '#src/surfaces/html/view-helpers.ts';

// Charts over time, drawn on the server. Their words are HTML beside the SVG, which is stretched.

const WIDTH = 720;
const HEIGHT = 140;
const GAP = 4;
/** Labels below a chart, about. */
const LABELS = 6;
const DAY_HOURS = 24;

interface Frame {
  width: number;
  height: number;
  /** What the lines of the grid mean, from the top. */
  scale: string[];
  /** Beginnings of steps, evenly spaced. */
  axis: string[];
  /** How long a step is. */
  step: string;
}

export interface Bar {
  x: number;
  width: number;
  succeeded: { y: number; height: number };
  failed: { y: number; height: number };
  title: string;
}

/** Attempts as stacked bars, one a step, with the counts for the table next to the chart. */
export interface AttemptChart extends Frame {
  bars: Bar[];
  rows: { label: string; succeeded: number; failed: number }[];
  total: number;
  failed: number;
  /** Percent of attempts that failed. */
  errorRate: number;
}

export function hourChart(counts: HourCount[]): AttemptChart {
  const steps = counts.map(({ hour, ...count }) => ({ beginsAt: hour, ...count }));
  return attemptChart(steps, HOUR_MS);
}

export function attemptChart(
  counts: Pick<StepCount, 'beginsAt' | 'failed' | 'succeeded'>[],
  stepMs: number,
): AttemptChart {
  const top = roundTop(Math.max(...counts.map(({ succeeded, failed }) => succeeded + failed)));
  const step = WIDTH / counts.length;
  const scaled = (count: number) => (count === 0 ? 0 : Math.max(2, (count / top) * HEIGHT));
  const bars = counts.map((count, index) => {
    const failed = scaled(count.failed);
    const succeeded = scaled(count.succeeded);
    return {
      x: round(index * step + GAP / 2),
      width: round(step - GAP),
      failed: { y: round(HEIGHT - failed), height: round(failed) },
      succeeded: { y: round(HEIGHT - failed - succeeded), height: round(succeeded) },
      title: `${labelOf(count.beginsAt)} UTC: ${String(count.succeeded)} succeeded, ${String(count.failed)} failed`,
    };
  });
  const { succeeded, failed } = sumOf(counts);
  return {
    ...frameOf(counts, { stepMs, scale: [top, top / 2, 0].map(viewHelpers.number) }),
    bars,
    rows: counts.map(({ beginsAt, ...count }) => ({ label: labelOf(beginsAt), ...count })),
    total: succeeded + failed,
    failed,
    errorRate: errorRateOf({ succeeded, failed }),
  };
}

/** Percentiles of answer times as lines, broken where nothing was answered. */
export interface AnswerChart extends Frame {
  p50: string;
  p95: string;
  rows: { label: string; p50: string; p95: string; p99: string }[];
  isEmpty: boolean;
}

export function answerChart(counts: StepCount[], stepMs: number): AnswerChart {
  const times = counts.map(({ answerTimes }) => percentilesOf(answerTimes));
  const top = roundTop(Math.max(...times.map((of) => of?.p95 ?? 0)));
  const step = WIDTH / counts.length;
  const lineOf = (values: (number | undefined)[]) =>
    values
      .map((value, index) => {
        if (value === undefined) return '';
        const isFirst = values[index - 1] === undefined;
        const point = `${String(round((index + 0.5) * step))} ${String(round(HEIGHT - (value / top) * HEIGHT))}`;
        // A point alone is drawn as a short line, because a line needs two.
        const isAlone = isFirst && values[index + 1] === undefined;
        return `${isFirst ? 'M' : 'L'}${point}${isAlone ? 'h4' : ''}`;
      })
      .join('');
  const shown = (ms: number | undefined) => (ms === undefined ? '–' : viewHelpers.duration(ms));
  return {
    ...frameOf(counts, { stepMs, scale: [top, top / 2, 0].map(viewHelpers.duration) }),
    p50: lineOf(times.map((of) => of?.p50)),
    p95: lineOf(times.map((of) => of?.p95)),
    rows: counts.map(({ beginsAt }, index) => ({
      label: labelOf(beginsAt),
      p50: shown(times[index]?.p50),
      p95: shown(times[index]?.p95),
      p99: shown(times[index]?.p99),
    })),
    isEmpty: times.every((of) => of === null),
  };
}

function frameOf(steps: { beginsAt: Date }[], { stepMs, scale }: { stepMs: number; scale: string[] }): Frame {
  const every = Math.ceil(steps.length / LABELS);
  const axis = steps.filter((_, index) => index % every === 0);
  const isLong = steps.length * stepMs > DAY_HOURS * HOUR_MS;
  return {
    width: WIDTH,
    height: HEIGHT,
    scale,
    axis: axis.map(({ beginsAt }) => (isLong ? dayLabel(beginsAt) : labelOf(beginsAt).slice(11))),
    step: stepWords(stepMs),
  };
}

function stepWords(stepMs: number): string {
  if (stepMs === HOUR_MS) return 'by the hour';
  if (stepMs < HOUR_MS) return `by ${String(stepMs / 60_000)} minutes`;
  const hours = stepMs / HOUR_MS;
  return hours === DAY_HOURS ? 'by the day' : `by ${String(hours)} hours`;
}

/** The top of a scale: a number whose half is whole, at or above the largest value. */
function roundTop(max: number): number {
  if (max <= 2) return 2;
  const power = 10 ** Math.floor(Math.log10(max));
  const digit = [1, 2, 4, 6, 8, 10].find((one) => one * power >= max) ?? 10;
  return digit * power;
}

const labelOf = (date: Date) => date.toISOString().slice(0, 16).replace('T', ' ');

const DAY = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const dayLabel = (date: Date) => DAY.format(date);

const round = (value: number) => Math.round(value * 10) / 10;
