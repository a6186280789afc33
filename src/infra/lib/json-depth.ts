/** Whether `value` is nested deeper than `max`. Level by level: a recursion would overflow on what it is to refuse. */
export function isDeeperThan(max: number, value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= max; depth += 1) {
    level = level.flatMap((item): unknown[] =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    );
    if (level.length === 0) return false;
  }
  return true;
}
