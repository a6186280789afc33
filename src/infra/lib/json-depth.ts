/**
 * Whether lists and objects lie in each other on more than `max` levels: `[[]]` has two. A loop, because recursion
 * overflows on values to be refused.
 */
export function isDeeperThan(max: number, value: unknown): boolean {
  let level = [value].filter(isContainer);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > max) return true;
    level = level.flatMap((item): unknown[] => Object.values(item)).filter(isContainer);
  }
  return false;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;
