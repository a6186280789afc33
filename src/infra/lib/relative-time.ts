/**
 * `date` as a person says it: "just now", "12 s ago", "1 h 12 min ago", "in 5 min"; a calendar date when it is over
 * 30 days away. The text of this function is also sent to browsers, so it must not refer to anything outside of it.
 */
export function relativeTime(date: Date, now: number): string {
  const units: [seconds: number, name: string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ];
  const seconds = Math.round((now - date.getTime()) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 5) return seconds < 0 ? 'now' : 'just now';
  if (distance > 30 * 86_400) return date.toISOString().slice(0, 10);
  const [size, unit] = units.find(([limit]) => distance >= limit) ?? [1, 's'];
  const minutes = unit === 'h' ? Math.floor((distance % 3600) / 60) : 0;
  const count = `${String(Math.floor(distance / size))} ${unit}${minutes > 0 ? ` ${String(minutes)} min` : ''}`;
  return seconds < 0 ? `in ${count}` : `${count} ago`;
}
