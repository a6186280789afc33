import { errorRateOf, type HourCount, sumOf } from '#src/domain/attempts/delivery-counts.ts';

const WIDTH = 720;
const HEIGHT = 140;
const GAP = 4;

export interface Bar {
  x: number;
  width: number;
  succeeded: { y: number; height: number };
  failed: { y: number; height: number };
  title: string;
}

/** Stacked bars, one an hour, with the counts for the table next to the chart. */
export interface HourChart {
  width: number;
  height: number;
  bars: Bar[];
  rows: HourCount[];
  /** Attempts in the busiest hour, which is the top of the scale. */
  max: number;
  total: number;
  failed: number;
  /** Percent of attempts that failed. */
  errorRate: number;
}

export function hourChart(counts: HourCount[]): HourChart {
  const sums = counts.map(({ succeeded, failed }) => succeeded + failed);
  const max = Math.max(1, ...sums);
  const step = WIDTH / counts.length;
  const scaled = (count: number) => (count === 0 ? 0 : Math.max(2, (count / max) * HEIGHT));
  const bars = counts.map((count, index) => {
    const failed = scaled(count.failed);
    const succeeded = scaled(count.succeeded);
    return {
      x: round(index * step + GAP / 2),
      width: round(step - GAP),
      failed: { y: round(HEIGHT - failed), height: round(failed) },
      succeeded: { y: round(HEIGHT - failed - succeeded), height: round(succeeded) },
      title: `${hourLabel(count.hour)}: ${String(count.succeeded)} succeeded, ${String(count.failed)} failed`,
    };
  });
  const { succeeded, failed } = sumOf(counts);
  return {
    width: WIDTH,
    height: HEIGHT,
    bars,
    rows: counts,
    max: Math.max(0, ...sums),
    total: succeeded + failed,
    failed,
    errorRate: errorRateOf({ succeeded, failed }),
  };
}

/** The `points` of an SVG polyline in `viewBox 0 0 100 24`. */
export function sparkline(values: number[]): string {
  const max = Math.max(1, ...values);
  const last = Math.max(1, values.length - 1);
  return values
    .map((value, index) => `${String(round((index / last) * 100))},${String(round(23 - (value / max) * 22))}`)
    .join(' ');
}

const hourLabel = (hour: Date) => `${hour.toISOString().slice(11, 13)}:00 UTC`;

const round = (value: number) => Math.round(value * 10) / 10;
