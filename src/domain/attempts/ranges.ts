import { SLOT_MS } from './count-sql.ts';

export const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** A time that statistics are about, in equal steps. */
export interface Span {
  sinceMs: number;
  stepMs: number;
  steps: number;
}

/** A time up to now, as pages offer it. It ends with the hour that has begun; the last hour with the five minutes. */
export interface Range {
  name: string;
  label: string;
  stepMs: number;
  steps: number;
}

const LAST_HOUR: Range = { name: '1h', label: 'Last hour', stepMs: SLOT_MS, steps: 12 };
export const LAST_DAY: Range = { name: '24h', label: 'Last 24 hours', stepMs: HOUR_MS, steps: DAY_HOURS };

/** In days, with the hours of a step. */
const DAYS: readonly [days: number, stepHours: number][] = [
  [3, 3],
  [7, 6],
  [30, 24],
  [90, 72],
];

/** The ranges that pages offer on a plan that keeps so many days: an hour, a day, a week, a month, and all of it. */
export function rangesOf(retentionDays: number): Range[] {
  const longer = DAYS.filter(
    ([days]) => days === retentionDays || (days > 3 && days < Math.min(31, retentionDays)),
  );
  return [
    LAST_HOUR,
    LAST_DAY,
    ...longer.map(([days, stepHours]) => ({
      name: `${String(days)}d`,
      label: `Last ${String(days)} days`,
      stepMs: stepHours * HOUR_MS,
      steps: (days * DAY_HOURS) / stepHours,
    })),
  ];
}

/** How finely a range begins and ends. */
export const resolutionOf = ({ stepMs }: Pick<Range, 'stepMs'>) => Math.min(stepMs, HOUR_MS);

export function spanOf({ stepMs, steps }: Range, nowMs: number): Span {
  const unit = resolutionOf({ stepMs });
  const endMs = (Math.floor(nowMs / unit) + 1) * unit;
  return { sinceMs: endMs - steps * stepMs, stepMs, steps };
}

/** As long, and right before. */
export const spanBefore = ({ sinceMs, stepMs, steps }: Span): Span => ({
  sinceMs: sinceMs - steps * stepMs,
  stepMs,
  steps,
});

export const untilMs = ({ sinceMs, stepMs, steps }: Span) => sinceMs + steps * stepMs;

/** When each step begins. */
export const stepsOf = ({ sinceMs, stepMs, steps }: Span): Date[] =>
  Array.from({ length: steps }, (_, step) => new Date(sinceMs + step * stepMs));
