import type { z } from 'zod';
import { tooLongArrays } from './array-limits.ts';
import type { ErrorDetail } from './errors.ts';
import { requireStrict } from './strict-schemas.ts';
import { detailsOfUnknown, type Hints, invalid } from './unknown-members.ts';

/**
 * Parses `value` by `schema`, whose objects are strict. Throws InvalidInput (422) that lists every problem with its
 * path, or only the arrays that are too long, whose members are not looked at; its code is `unknown_parameter` where a
 * member is unknown. `hints` are about unknown members.
 */
export function parseInput<T extends z.ZodType>(schema: T, value: unknown, hints?: Hints): z.output<T> {
  requireStrict(schema);
  const tooLong = tooLongArrays(schema, value);
  if (tooLong.length > 0) throw invalid(tooLong);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const knownNames: KnownNames = new Map();
  const { error = parsed.error } = schema.safeParse(value, {
    error: noting(knownNames),
    reportInput: true,
  });
  throw invalid(
    error.issues.flatMap((issue) => detailsOf(issue, { value, knownNames, hints })),
    { hasUnknown: knownNames.size > 0 },
  );
}

/** The names that an object has, by the unknown keys of its issue. */
type KnownNames = Map<string[], string[]>;

/** Zod shows the schema of an issue to error maps alone, so one that words nothing notes it. */
const noting = (knownNames: KnownNames) => (issue: z.core.$ZodRawIssue) => {
  if (issue.code === 'unrecognized_keys') {
    const { shape } = (issue.inst as z.ZodObject).def;
    knownNames.set(issue.keys, Object.keys(shape));
  }
  return undefined;
};

interface Parsed {
  value: unknown;
  knownNames: KnownNames;
  hints: Hints | undefined;
}

function detailsOf(issue: Issue, parsed: Parsed): ErrorDetail[] {
  const { value, knownNames, hints = {} } = parsed;
  if (issue.code === 'invalid_union') {
    // Of a choice that is an object, the unknown member is what is wrong.
    const unknown = issue.errors.flat().filter(({ code }) => code === 'unrecognized_keys');
    const found = unknown.flatMap((one) => detailsOf({ ...one, path: [...issue.path, ...one.path] }, parsed));
    if (found.length > 0) return found;
    // A choice with a text of its own says it.
    if (issue.message === 'Invalid input') return detailsOfChoice(issue, parsed);
  }
  if (issue.code === 'unrecognized_keys') {
    const known = knownNames.get(issue.keys) ?? [];
    return detailsOfUnknown(issue.keys, { known, place: issue.path, hints });
  }
  const place = placeIn(value, issue.path);
  const path = place.map(String).join('.');
  if (place.length === issue.path.length) return [{ path, message: wording(issue, valueAt(value, place)) }];
  return [{ path, message: `holds ${JSON.stringify(issue.input)}, which ${wording(issue, issue.input)}` }];
}

/** The path to the value as it was given: a schema may split a text, whose parts have no path. */
function placeIn(value: unknown, path: PropertyKey[]): PropertyKey[] {
  const depth = path.findIndex((_, at) => typeof valueAt(value, path.slice(0, at)) === 'string');
  return depth === -1 ? path : path.slice(0, depth);
}

/** Of a choice, what is wrong by those that are of the value's type; or else what types there are. */
function detailsOfChoice(issue: z.core.$ZodIssueInvalidUnion, parsed: Parsed): ErrorDetail[] {
  const value = valueAt(parsed.value, issue.path);
  // A list of allowed texts says of an object that it is none of them.
  const isOfOtherType = ({ code, path }: Issue) =>
    path.length === 0 && (code === 'invalid_type' || (code === 'invalid_value' && typeof value === 'object'));
  const fitting = issue.errors.filter((errors) => !errors.some(isOfOtherType));
  const within = (one: Issue) => detailsOf({ ...one, path: [...issue.path, ...one.path] }, parsed);
  if (fitting.length > 0) return fitting.flat().flatMap(within);
  const types = new Set(issue.errors.flat().map(allowedBy));
  const message =
    value === undefined ? 'is required' : `must be ${[...types].join(' or ')}, not ${nameOf(value)}`;
  return [{ path: issue.path.map(String).join('.'), message }];
}

const allowedBy = (issue: Issue) =>
  issue.code === 'invalid_value'
    ? quoted(issue.values)
    : issue.code === 'invalid_type'
      ? typeWord(issue.expected)
      : '';

const quoted = (values: readonly unknown[]) => values.map((value) => `"${String(value)}"`).join(' or ');

type Issue = z.core.$ZodIssue;

const TYPE_WORDS: Record<string, string> = {
  string: 'text',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  boolean: 'true or false',
};

const typeWord = (type: string) => TYPE_WORDS[type] ?? `a ${type}`;

/** Texts are predicates, because they follow the path: "name is required". A schema's own texts are predicates too. */
function wording(issue: Issue, value: unknown): string {
  if (value === undefined && issue.code !== 'custom') return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeWord(issue.expected)}, not ${nameOf(value)}`;
    case 'invalid_value':
      return `must be ${quoted(issue.values)}`;
    case 'too_small':
      return issue.minimum === 1 && COUNTED.has(issue.origin)
        ? 'must not be empty'
        : `must be at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
    default:
      return issue.message;
  }
}

/** What has nothing in it when it is below 1. */
const COUNTED = new Set(['string', 'array']);

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' long' : '';
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return `the number ${String(value)}`;
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? String(value) : 'an object';
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
