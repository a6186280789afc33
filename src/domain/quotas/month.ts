/** A month by UTC, as quotas count it. */
export interface Month {
  /** Its first day, as `2026-11-01`; also its name in the database. */
  firstDay: string;
  startsAtMs: number;
  endsAtMs: number;
}

export function monthAt(nowMs: number): Month {
  return monthOf(new Date(nowMs), 0);
}

/** The one before. */
export function monthBefore({ startsAtMs }: Month): Month {
  return monthOf(new Date(startsAtMs), -1);
}

/** The day of `nowMs` by UTC, as `2026-11-22`. */
export function dayAt(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

function monthOf(date: Date, offset: number): Month {
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + offset];
  const startsAtMs = Date.UTC(year, month, 1);
  return { firstDay: dayAt(startsAtMs), startsAtMs, endsAtMs: Date.UTC(year, month + 1, 1) };
}
