import type { JsonValue } from '#src/infra/lib/json.ts';
import { containsText } from './contains-text.ts';
import { parseReference } from './reference.ts';
import { isObject, isSameJson } from './same-json.ts';
import type { Scope, Test } from './scope.ts';

// The operators that compare a value with an operand. `$and`, `$or` and `$not` combine tests: compile.ts has them.

/** The operand of an operator: what was written, or what it refers to. */
type Operand = (scope: Scope) => unknown;
type Compare = (operand: Operand) => Test;

/** Of two texts that are compared, in the time of a step. */
const CHARACTERS_PER_STEP = 64;

/** These see the elements of an array, of which one must pass. */
export const ELEMENT_OPERATORS = operators({
  $gt: (operand) => comparison(operand, (one, other) => one > other),
  $gte: (operand) => comparison(operand, (one, other) => one >= other),
  $lt: (operand) => comparison(operand, (one, other) => one < other),
  $lte: (operand) => comparison(operand, (one, other) => one <= other),
  $in: (operand) => (value, scope) => isPresent(value, scope) && isIn(value, operand(scope), scope),
  $startsWith: (operand) => affix(operand, (text, part) => text.startsWith(part)),
  $endsWith: (operand) => affix(operand, (text, part) => text.endsWith(part)),
});

/** These see an array as a whole. */
export const WHOLE_OPERATORS = operators({
  $eq: (operand) => (value, scope) => isPresent(value, scope) && isSameJson(value, operand(scope), scope),
  $neq: (operand) => (value, scope) => isPresent(value, scope) && !isSameJson(value, operand(scope), scope),
  $exist: (operand) => (value, scope) => {
    scope.spend(1);
    return (value !== undefined) === operand(scope);
  },
  $nin: (operand) => (value, scope) => {
    if (!isPresent(value, scope)) return false;
    const excluded = operand(scope);
    const elements: unknown[] = Array.isArray(value) ? value : [value];
    scope.spend(1);
    return !elements.some((element) => isIn(element, excluded, scope));
  },
  $ref: (operand) => (value, scope) => {
    if (!isPresent(value, scope)) return false;
    const other = operand(scope);
    if (other === undefined) return false;
    if (!Array.isArray(value) || (typeof other === 'object' && other !== null)) {
      return isSameJson(value, other, scope);
    }
    scope.spend(1 + value.length / 4);
    return value.includes(other);
  },
});

/** A map, because a field may be named `constructor`. */
function operators(made: Record<string, Compare>): ReadonlyMap<string, Compare> {
  return new Map(Object.entries(made));
}

/** `value`: as JSON has it. A member `$ref` makes it a reference, and its path one that was checked. */
export function operandOf(
  name: string,
  value: JsonValue,
  foldName: (name: string) => string = String,
): Operand {
  const path = name === '$ref' ? value : isObject(value) ? value.$ref : undefined;
  const reference = typeof path === 'string' ? parseReference(path, foldName) : null;
  return reference ?? (() => value);
}

/** An absent field costs a step, too, because a filter may ask each of many elements for many fields. */
function isPresent(value: unknown, scope: Scope): boolean {
  if (value !== undefined) return true;
  scope.spend(1);
  return false;
}

function comparison(operand: Operand, holds: (one: string, other: string) => boolean): Test {
  return (value, scope) => {
    scope.spend(1);
    const other = operand(scope);
    const areAlike =
      typeof value === typeof other && (typeof value === 'number' || typeof value === 'string');
    if (typeof value === 'string' && typeof other === 'string')
      scope.spend(Math.min(value.length, other.length) / CHARACTERS_PER_STEP);
    // JavaScript compares two numbers as numbers, whatever their types are called here.
    return areAlike && holds(value as string, other as string);
  };
}

function affix(operand: Operand, holds: (text: string, part: string) => boolean): Test {
  return (value, scope) => {
    scope.spend(1);
    if (typeof value !== 'string') return false;
    const given = operand(scope);
    const parts: unknown[] = Array.isArray(given) ? given : [given];
    return parts.some((part) => {
      scope.spend(1);
      if (typeof part !== 'string' || part.length > value.length) return false;
      scope.spend(part.length / CHARACTERS_PER_STEP);
      return holds(value, part);
    });
  };
}

/** A text is in a text that holds it, and anything in a list that has it. */
function isIn(value: unknown, container: unknown, scope: Scope): boolean {
  scope.spend(1);
  if (typeof container === 'string')
    return typeof value === 'string' && containsText(value, container, scope);
  return Array.isArray(container) && setOf(container, scope).has(value);
}

function setOf(list: unknown[], scope: Scope): Set<unknown> {
  const known = scope.sets.get(list);
  if (known !== undefined) return known;
  scope.spend(list.length);
  const made = new Set(list);
  scope.sets.set(list, made);
  return made;
}
