import { z } from 'zod';
import type { ErrorDetail } from './errors.ts';

type Check = (value: unknown, path: string, found: ErrorDetail[]) => void;

/** By schema; null for one without arrays. */
const known = new WeakMap<z.core.$ZodType, Check | null>();

/**
 * The arrays in `value` that are longer than `schema` allows. To be asked before `value` is parsed, because zod
 * validates the members first, and a million invalid ones take seconds and the memory of a million issues. A schema
 * without arrays costs one look-up. Throws for a schema with an array without a maximum.
 */
export function tooLongArrays(schema: z.core.$ZodType, value: unknown): ErrorDetail[] {
  const check = arrayCheckOf(schema);
  if (check === null) return [];
  const found: ErrorDetail[] = [];
  check(value, '', found);
  return found;
}

/** Throws for a schema with an array without a maximum, so that none is declared. */
export function requireArrayLimits(schema: z.core.$ZodType): void {
  arrayCheckOf(schema);
}

function arrayCheckOf(schema: z.core.$ZodType): Check | null {
  const cached = known.get(schema);
  if (cached !== undefined) return cached;
  const check = compile(schema);
  known.set(schema, check);
  return check;
}

function compile(schema: z.core.$ZodType): Check | null {
  if (schema instanceof z.core.$ZodArray) return arrayCheck(schema);
  if (schema instanceof z.core.$ZodObject) return objectCheck(schema);
  if (schema instanceof z.core.$ZodUnion) {
    const checks = schema._zod.def.options.map(arrayCheckOf).filter((check) => check !== null);
    return checks.length === 0 ? null : firstOf(checks);
  }
  if (schema instanceof z.core.$ZodPipe) {
    // A preprocessed value has the shape of the schema behind it.
    const { in: before, out } = schema._zod.def;
    return arrayCheckOf(before instanceof z.core.$ZodTransform ? out : before);
  }
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType === undefined ? null : arrayCheckOf(innerType);
}

function arrayCheck(schema: z.core.$ZodArray): Check {
  const max = maxOf(schema);
  if (max === undefined) throw new Error('A schema has an array without a maximum: add `.max()`');
  const members = arrayCheckOf(schema._zod.def.element);
  return (value, path, found) => {
    if (!Array.isArray(value)) return;
    if (value.length > max) found.push({ path, message: `must be at most ${String(max)} long` });
    else if (members !== null) {
      for (const [index, member] of value.entries()) members(member, join(path, String(index)), found);
    }
  };
}

function maxOf(schema: z.core.$ZodArray): number | undefined {
  const checks = schema._zod.def.checks ?? [];
  return checks.find((check) => check instanceof z.core.$ZodCheckMaxLength)?._zod.def.maximum;
}

function objectCheck(schema: z.core.$ZodObject): Check | null {
  const checks = Object.entries(schema._zod.def.shape).flatMap(([name, member]): [string, Check][] => {
    const check = arrayCheckOf(member);
    return check === null ? [] : [[name, check]];
  });
  if (checks.length === 0) return null;
  return (value, path, found) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, check] of checks) {
      if (Object.hasOwn(value, name))
        check((value as Record<string, unknown>)[name], join(path, name), found);
    }
  };
}

/** Of a union: what its first member with arrays says, when all of them find the value too long. */
function firstOf(checks: Check[]): Check {
  return (value, path, found) => {
    const all = checks.map((check) => {
      const own: ErrorDetail[] = [];
      check(value, path, own);
      return own;
    });
    if (all.every((own) => own.length > 0)) found.push(...(all[0] ?? []));
  };
}

const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);
