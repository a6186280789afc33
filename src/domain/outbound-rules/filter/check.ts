import type { z } from 'zod';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { isDeeperThan } from '#src/infra/lib/json-depth.ts';
import { ELEMENT_OPERATORS, WHOLE_OPERATORS } from './operators.ts';
import { parseReference } from './reference.ts';
import { isObject } from './same-json.ts';

const { filterBytes, filterLevels } = FIXED_LIMITS;
const MAX_PROBLEMS = 20;

type Path = (string | number)[];
type Report = (path: Path, message: string) => void;

/** Adds an issue for whatever of the filter's parts is no filter, with its path. */
export function checkFilter(parts: object, context: z.core.$RefinementCtx): void {
  let problems = 0;
  const report: Report = (path, message) => {
    problems += 1;
    if (problems <= MAX_PROBLEMS) context.addIssue({ code: 'custom', path, message });
  };
  const deep = Object.entries(parts).find(([, part]) => isDeeperThan(filterLevels.max, part));
  if (deep !== undefined) {
    report([deep[0]], `must be nested at most ${filterLevels.shown} deep`);
    return;
  }
  if (Buffer.byteLength(JSON.stringify(parts)) > filterBytes.max) {
    report([], `must be at most ${filterBytes.shown} of JSON`);
    return;
  }
  for (const [name, part] of Object.entries(parts)) checkPattern(part, [name], report);
}

function checkPattern(pattern: unknown, path: Path, report: Report): void {
  if (Array.isArray(pattern)) {
    for (const [index, element] of pattern.entries()) checkPattern(element, [...path, index], report);
  } else if (isObject(pattern)) {
    for (const [name, value] of Object.entries(pattern)) {
      if (name.startsWith('$')) checkOperator(name, value, { path: [...path, name], report });
      else {
        checkText(name, [...path, name], report);
        checkPattern(value, [...path, name], report);
      }
    }
  } else checkLiteral(pattern, path, report);
}

interface Place {
  path: Path;
  report: Report;
}

function checkOperator(name: string, operand: unknown, { path, report }: Place): void {
  if (name === '$not') checkPattern(operand, path, report);
  else if (name === '$and' || name === '$or') {
    if (!Array.isArray(operand) || operand.length === 0)
      report(path, 'must be a list of at least one filter');
    else for (const [index, one] of operand.entries()) checkPattern(one, [...path, index], report);
  } else if (Object.hasOwn(OPERANDS, name)) {
    const isReference = name !== '$exist' && isReferenceIn(operand);
    if (isReference) checkReference(operand.$ref, [...path, '$ref'], report);
    else if (name === '$ref') checkReference(operand, path, report);
    else if (OPERANDS[name]?.holds(operand) !== true) report(path, OPERANDS[name]?.message ?? '');
    else checkLiteral(operand, path, report);
  } else report(path, `is no operator; there are ${NAMES.join(', ')}`);
}

const isReferenceIn = (operand: unknown): operand is { $ref: unknown } =>
  isObject(operand) && Object.keys(operand).length === 1 && '$ref' in operand;

function checkReference(reference: unknown, path: Path, report: Report): void {
  if (typeof reference !== 'string' || parseReference(reference, String) === null) {
    report(path, 'must be a path like a.b, a[1] or a[$index].b');
  } else checkText(reference, path, report);
}

const isComparable = (value: unknown) => typeof value === 'number' || typeof value === 'string';
const isScalar = (value: unknown) => typeof value !== 'object' || value === null;
const isText = (value: unknown) => typeof value === 'string';

const COMPARABLE = { holds: isComparable, message: 'must be a number, a text or a $ref' };
const ANYTHING = { holds: () => true, message: '' };
const CONTAINER = {
  holds: (value: unknown) => isText(value) || (Array.isArray(value) && value.every(isScalar)),
  message: 'must be a text, a list of texts, numbers, true, false and null, or a $ref',
};
const TEXTS = {
  holds: (value: unknown) => isText(value) || (Array.isArray(value) && value.every(isText)),
  message: 'must be a text, a list of texts or a $ref',
};

const OPERANDS: Record<string, { holds: (operand: unknown) => boolean; message: string }> = {
  $eq: ANYTHING,
  $neq: ANYTHING,
  $gt: COMPARABLE,
  $gte: COMPARABLE,
  $lt: COMPARABLE,
  $lte: COMPARABLE,
  $in: CONTAINER,
  $nin: CONTAINER,
  $startsWith: TEXTS,
  $endsWith: TEXTS,
  $exist: { holds: (value) => typeof value === 'boolean', message: 'must be true or false' },
  $ref: ANYTHING,
};

const NAMES = [...WHOLE_OPERATORS.keys(), ...ELEMENT_OPERATORS.keys(), '$and', '$or', '$not'].sort();

/** Whether PostgreSQL and JSON can hold what is in the value. */
function checkLiteral(value: unknown, path: Path, report: Report): void {
  if (typeof value === 'string') checkText(value, path, report);
  else if (typeof value === 'number' && !Number.isFinite(value))
    report(path, 'is larger than a number may be');
  else if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) checkLiteral(element, [...path, index], report);
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      checkText(name, [...path, name], report);
      checkLiteral(member, [...path, name], report);
    }
  }
}

function checkText(text: string, path: Path, report: Report): void {
  if (text.includes('\0')) report(path, 'must not hold a NUL character');
  else if (!text.isWellFormed()) report(path, 'must not hold half of a surrogate pair');
}
