import type { JsonValue } from '#src/infra/lib/json.ts';
import { ELEMENT_OPERATORS, operandOf, WHOLE_OPERATORS } from './operators.ts';
import { isObject, memberOf } from './same-json.ts';
import type { Scope, Test } from './scope.ts';

/** How names of fields are compared: those of headers without regard to case. */
export type FoldName = (name: string) => string;

type Fields = Record<string, JsonValue>;

/**
 * Makes a test of a part of a filter that was checked. The test recurses as deep as the filter is nested, which is at
 * most 16, and not as deep as the data.
 */
export function compile(filter: JsonValue, foldName: FoldName = String): Test {
  if (Array.isArray(filter)) return hasAll(filter, foldName);
  if (isObject(filter)) return compileObject(filter, foldName);
  return (value, scope) => {
    if (!Array.isArray(value)) {
      scope.spend(1);
      return value === filter;
    }
    scope.spend(1 + value.length / 4);
    return value.includes(filter);
  };
}

/** An array that has all of these, in any order. */
function hasAll(elements: JsonValue[], foldName: FoldName): Test {
  const scalars = elements.filter((element) => typeof element !== 'object' || element === null);
  const tests = elements
    .filter((element) => typeof element === 'object' && element !== null)
    .map((element) => compile(element, foldName));
  return (value, scope) => {
    scope.spend(1 + scalars.length);
    if (!Array.isArray(value)) return false;
    if (scalars.length > 0) {
      scope.spend(value.length);
      const present = new Set(value);
      if (!scalars.every((scalar) => present.has(scalar))) return false;
    }
    return tests.every((test) => someElement(value, test, scope));
  };
}

function compileObject(filter: Fields, foldName: FoldName): Test {
  const entries = Object.entries(filter);
  const fields = entries
    .filter(([name]) => !name.startsWith('$'))
    .map(([name, wanted]) => ({ name: foldName(name), test: compile(wanted, foldName) }));
  const onElements = entries.flatMap(([name, operand]) => elementTest(name, operand, foldName));
  const onWhole = entries.flatMap(([name, operand]) => wholeTest(name, operand, foldName));
  if (fields.length === 0 && entries.length > 0) return operatorsTest(onWhole, onElements);
  return objectTest(fields, [...onWhole, ...onElements]);
}

/** An object whose fields pass. A field of what is no object is absent. Of an array, one element passes as a whole. */
function objectTest(fields: { name: string; test: Test }[], operators: Test[]): Test {
  const one: Test = (value, scope) => {
    scope.spend(1);
    if (fields.length === 0 && !isObject(value)) return false;
    return (
      fields.every(({ name, test }) => test(memberOf(value, name), scope)) &&
      operators.every((test) => test(value, scope))
    );
  };
  const element: Test = (value, scope) => {
    if (!Array.isArray(value)) return one(value, scope);
    scope.spend(1);
    return false;
  };
  return (value, scope) => (Array.isArray(value) ? someElement(value, element, scope) : one(value, scope));
}

/** What passes all operators; of an array, one element passes those that look at elements. */
function operatorsTest(onWhole: Test[], onElements: Test[]): Test {
  const one: Test = (value, scope) => onElements.every((test) => test(value, scope));
  if (onElements.length === 0) return (value, scope) => onWhole.every((test) => test(value, scope));
  return (value, scope) =>
    onWhole.every((test) => test(value, scope)) &&
    (Array.isArray(value) ? someElement(value, one, scope) : one(value, scope));
}

function elementTest(name: string, operand: JsonValue, foldName: FoldName): Test[] {
  const make = ELEMENT_OPERATORS.get(name);
  return make === undefined ? [] : [make(operandOf(name, operand, foldName))];
}

function wholeTest(name: string, operand: JsonValue, foldName: FoldName): Test[] {
  const make = WHOLE_OPERATORS.get(name);
  if (make !== undefined) return [make(operandOf(name, operand, foldName))];
  if (name === '$not') {
    const test = compile(operand, foldName);
    return [(value, scope) => !test(value, scope)];
  }
  if (name !== '$and' && name !== '$or') return [];
  const tests = [operand].flat().map((one) => compile(one, foldName));
  return name === '$and'
    ? [(value, scope) => tests.every((test) => test(value, scope))]
    : [(value, scope) => tests.some((test) => test(value, scope))];
}

function someElement(elements: unknown[], test: Test, scope: Scope): boolean {
  const outer = scope.index;
  const holds = elements.some((element, index) => {
    scope.index = index;
    return test(element, scope);
  });
  scope.index = outer;
  return holds;
}
