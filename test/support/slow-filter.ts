import fc from 'fast-check';
import type { JsonValue } from '#src/infra/lib/json.ts';

// A filter read word by word, as the documents tell it, without regard to time. Tests hold the real one to it.

type Members = Record<string, JsonValue>;
type Value = JsonValue | undefined;

const isArray = (value: Value): value is JsonValue[] => Array.isArray(value);
const isMembers = (value: Value): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const same = (one: Value, other: Value) => canonical(one) === canonical(other);

function canonical(value: Value): string {
  if (isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === undefined) return 'absent';
  if (!isMembers(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

type Ask = (value: Value, operand: JsonValue) => boolean;

const ON_ELEMENTS = new Map<string, Ask>(
  Object.entries({
    $gt: (value, operand) => order(value, operand, (sign) => sign > 0),
    $gte: (value, operand) => order(value, operand, (sign) => sign >= 0),
    $lt: (value, operand) => order(value, operand, (sign) => sign < 0),
    $lte: (value, operand) => order(value, operand, (sign) => sign <= 0),
    $in: isIn,
    $startsWith: (value, operand) =>
      [operand].flat().some((part) => typeof value === 'string' && value.startsWith(part as string)),
    $endsWith: (value, operand) =>
      [operand].flat().some((part) => typeof value === 'string' && value.endsWith(part as string)),
  } satisfies Record<string, Ask>),
);

const ON_WHOLE = new Map<string, Ask>(
  Object.entries({
    $eq: (value, operand) => same(value, operand),
    $neq: (value, operand) => value !== undefined && !same(value, operand),
    $exist: (value, operand) => (value !== undefined) === operand,
    $nin: (value, operand) =>
      value !== undefined && !(isArray(value) ? value : [value]).some((one) => isIn(one, operand)),
    $not: (value, operand) => !fits(operand, value),
    $and: (value, operand) => (operand as JsonValue[]).every((one) => fits(one, value)),
    $or: (value, operand) => (operand as JsonValue[]).some((one) => fits(one, value)),
  } satisfies Record<string, Ask>),
);

function isIn(value: Value, operand: JsonValue): boolean {
  if (isArray(operand)) return operand.some((one) => same(one, value));
  return typeof value === 'string' && value.includes(operand as string);
}

function order(value: Value, operand: JsonValue, holds: (sign: number) => boolean): boolean {
  if (typeof value === 'number' && typeof operand === 'number') return holds(value - operand);
  if (typeof value === 'string' && typeof operand === 'string') {
    return holds(value === operand ? 0 : value > operand ? 1 : -1);
  }
  return false;
}

/** Whether `value` passes; undefined: it is absent. */
export function fits(filter: JsonValue, value: Value): boolean {
  if (isArray(filter)) {
    const isFound = (one: JsonValue) => (element: JsonValue) =>
      typeof one === 'object' && one !== null ? fits(one, element) : one === element;
    return isArray(value) && filter.every((one) => value.some(isFound(one)));
  }
  if (!isMembers(filter)) return isArray(value) ? value.some((one) => one === filter) : value === filter;
  const names = Object.keys(filter);
  const isPattern = names.length === 0 || names.some((name) => !name.startsWith('$'));
  if (isPattern) {
    const one = (element: Value) => !isArray(element) && fitsOne(filter, element);
    return isArray(value) ? value.some(one) : one(value);
  }
  const onElements = names.filter((name) => ON_ELEMENTS.has(name));
  const whole = names.filter((name) => ON_WHOLE.has(name));
  const passes = (element: Value) =>
    onElements.every((name) => ON_ELEMENTS.get(name)?.(element, filter[name] ?? null));
  return (
    whole.every((name) => ON_WHOLE.get(name)?.(value, filter[name] ?? null)) &&
    (onElements.length === 0 || (isArray(value) ? value.some(passes) : passes(value)))
  );
}

function fitsOne(filter: Members, value: Value): boolean {
  const names = Object.keys(filter);
  if (names.length === 0) return isMembers(value);
  return names.every((name) => {
    const wanted = filter[name] ?? null;
    const test = ON_ELEMENTS.get(name) ?? ON_WHOLE.get(name);
    if (test !== undefined) return test(value, wanted);
    return fits(wanted, isMembers(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  });
}

const names = fc.constantFrom('a', 'b', 'constructor');
const scalars = fc.constantFrom<JsonValue>(0, 1, 2, -1, 1.5, '', 'a', 'ab', 'b', '1', true, false, null);
const comparables = fc.constantFrom<JsonValue>(0, 1, 2, 'a', 'ab');
const texts = fc.constantFrom('', 'a', 'ab', 'b');

/** Few names and scalars, so that filters and values meet. */
export const { value: values } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 3 }),
  ),
}));

export const { filter: filters } = fc.letrec<{ filter: JsonValue; operators: JsonValue }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.array(tie('filter'), { maxLength: 2 }),
    fc.dictionary(names, tie('filter'), { maxKeys: 2 }),
    tie('operators'),
    fc
      .tuple(fc.dictionary(names, tie('filter'), { maxKeys: 2 }), tie('operators'))
      .map(([fields, operators]) => ({ ...fields, ...(operators as Members) })),
  ),
  operators: fc
    .record(
      {
        $gt: comparables,
        $gte: comparables,
        $lt: comparables,
        $lte: comparables,
        $in: fc.oneof(texts, fc.array(scalars, { maxLength: 3 })),
        $nin: fc.oneof(texts, fc.array(scalars, { maxLength: 3 })),
        $startsWith: fc.oneof(texts, fc.array(texts, { maxLength: 2 })),
        $endsWith: fc.oneof(texts, fc.array(texts, { maxLength: 2 })),
        $eq: values,
        $neq: values,
        $exist: fc.boolean(),
        $not: tie('filter'),
        $and: fc.array(tie('filter'), { minLength: 1, maxLength: 2 }),
        $or: fc.array(tie('filter'), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: [] },
    )
    .chain((all) => fc.subarray(Object.entries(all), { maxLength: 2 }))
    .map((some) => Object.fromEntries(some) as JsonValue),
}));
