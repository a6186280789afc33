import type { Scope } from './scope.ts';

/** Of two texts of the same length, which may be the same, in the time of a step. */
const CHARACTERS_PER_STEP = 64;

type Members = Record<string, unknown>;

/**
 * Whether two values are the same JSON, members in any order. Keeps its own stack, because data may be nested 20,000
 * deep.
 */
export function isSameJson(one: unknown, other: unknown, scope: Scope): boolean {
  const pairs: [unknown, unknown][] = [[one, other]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    scope.spend(1);
    const [left, right] = pair;
    if (typeof left === 'string' && typeof right === 'string' && left.length === right.length)
      scope.spend(left.length / CHARACTERS_PER_STEP);
    if (left === right) continue;
    if (Array.isArray(left) && Array.isArray(right)) {
      if (left.length !== right.length) return false;
      scope.spend(left.length);
      for (const [index, element] of left.entries()) pairs.push([element, right[index]]);
    } else if (isObject(left) && isObject(right)) {
      const names = Object.keys(left);
      scope.spend(names.length);
      const others = Object.keys(right).length;
      scope.spend(others);
      if (names.length !== others) return false;
      for (const name of names) {
        if (!Object.hasOwn(right, name)) return false;
        pairs.push([left[name], right[name]]);
      }
    } else return false;
  }
  return true;
}

/** Whether the value is a JSON object, and no array. */
export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const memberOf = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
