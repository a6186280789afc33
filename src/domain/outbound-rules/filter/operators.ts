import type { JsonValue } from '#src/infra/lib/json.ts';
import { containsText } from './contains-text.ts';
import { parseReference } from './reference.ts';
import { isObject, isSameJson } from './same-json.ts';
import type { Scope, Test } from './scope.ts';

// The operators that compare a value with an operand. `$and`, `$or` and `$not` combine tests: compile.ts has them.

/** The operand of an operator: what was written, or what it refers to. */
type Operand = (scope: Scope) => unknown;
type Compare = (operand: Operand) => Test;

/** These see the elements of an array, of which one must pass. */
export const ELEMENT_OPERATORS = operators({
  $gt: (operand) => comparison(operand, (one, other) => one > other),
  $gte: (operand) => comparison(operand, (one, other) => one >= other),
  $lt: (operand) => comparison(operand, (one, other) => one < other),
  $lte: (operand) => comparison(operand, (one, other) => one <= other),
  $in: (operand) => (value, scope) => value !== undefined && isIn(value, operand(scope), scope),
  $startsWith: (operand) => affix(operand, (text, part) => text.startsWith(part)),
  $endsWith: (operand) => affix(operand, (text, part) => text.endsWith(part)),
});

/** These see an array as a whole. */
export const WHOLE_OPERATORS = operators({
  $eq: (operand) => (value, scope) => value !== undefined && isSameJson(value, operand(scope), scope),
  $neq: (operand) => (value, scope) => value !== undefined && !isSameJson(value, operand(scope), scope),
  $exist: (operand) => (value, scope) => {
    scope.spend(1);
    return (value !== undefined) === operand(scope);
  },
  $nin: (operand) => (value, scope) => {
    if (value === undefined) return false;
    const excluded = operand(scope);
    const elements: unknown[] = Array.isArray(value) ? value : [value];
    scope.spend(1);
    return !elements.some((element) => isIn(element, excluded, scope));
  },
  $ref: (operand) => (value, scope) => {
    const other = operand(scope);
    if (other === undefined || value === undefined) return false;
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

function comparison(operand: Operand, holds: (one: string, other: string) => boolean): Test {
  return (value, scope) => {
    scope.spend(1);
    const other = operand(scope);
    const areAlike =
      typeof value === typeof other && (typeof value === 'number' || typeof value === 'string');
    // JavaScript compares two numbers as numbers, whatever their types are called here.
    return areAlike && holds(value as string, other as string);
  };
}

function affix(operand: Operand, holds: (text: string, part: string) => boolean): Test {
  return (value, scope) => {
    scope.spend(1);
    if (typeof value !== 'string') return false;
    const parts = [operand(scope)].flat();
    return parts.some((part) => {
      if (typeof part !== 'string') return false;
      scope.spend(1 + (part.length > value.length ? 0 : part.length / 64));
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
