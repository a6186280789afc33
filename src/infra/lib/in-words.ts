/** For example "15 seconds", "5 minutes", "2.1 hours": the largest unit of which there are at least two. */
export function durationInWords(seconds: number): string {
  if (seconds < 120 && seconds % 60 !== 0) return counted(seconds, 'second');
  if (seconds < 7200) return counted(Math.round(seconds / 60), 'minute');
  return counted(Math.round(seconds / 360) / 10, 'hour');
}

/** For example "1 attempt", "1,000 attempts". */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** For example "a, b and c". */
export function listed(parts: string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
