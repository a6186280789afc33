/** A calendar month in UTC. */
export interface Month {
  /** As `2026-11-01`; the month's key in the database. */
  firstDay: string;
  startsAtMs: number;
  endsAtMs: number;
}

export function monthAt(nowMs: number): Month {
  return monthOf(new Date(nowMs), 0);
}

export function monthBefore({ startsAtMs }: Month): Month {
  return monthOf(new Date(startsAtMs), -1);
}

/** The UTC day of `nowMs`, as `2026-11-22`. */
export function dayAt(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

function monthOf(date: Date, offset: number): Month {
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + offset];
  const startsAtMs = Date.UTC(year, month, 1);
  return { firstDay: dayAt(startsAtMs), startsAtMs, endsAtMs: Date.UTC(year, month + 1, 1) };
}
