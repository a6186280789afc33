import type { z } from 'zod';
import { type ErrorDetail, InvalidInput } from '#src/infra/lib/errors.ts';

/** Parses `value` by `schema`. Throws InvalidInput (422) that lists every problem with its path. */
export function parseInput<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(detailsOf(parsed.error, value));
}

/** Lists every problem of `value` with its path; the list is empty for a valid value. */
export function problemsIn(schema: z.ZodType, value: unknown): ErrorDetail[] {
  const { error } = schema.safeParse(value);
  return error === undefined ? [] : detailsOf(error, value);
}

function detailsOf({ issues }: z.core.$ZodError, value: unknown): ErrorDetail[] {
  return issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    return { path, message: wording(issue, valueAt(value, issue.path)) };
  });
}

/** An InvalidInput (422) with these details. */
export function invalid(details: ErrorDetail[]): InvalidInput {
  return new InvalidInput(sentence(details), { details });
}

const sentence = (details: ErrorDetail[]) =>
  `${details.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')}.`;

type Issue = z.core.$ZodIssue;

const TYPE_WORDS: Record<string, string> = {
  string: 'text',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  boolean: 'true or false',
};

/** Texts are predicates, because they follow the path: "name is required". A schema's own texts are predicates too. */
function wording(issue: Issue, value: unknown): string {
  if (value === undefined && issue.code !== 'custom') return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'never') return issue.message;
      return `must be ${TYPE_WORDS[issue.expected] ?? `a ${issue.expected}`}, not ${nameOf(value)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((allowed) => `"${String(allowed)}"`).join(' or ')}`;
    case 'too_small':
      return issue.minimum === 1 ? 'must not be empty' : `must be at least ${String(issue.minimum)}`;
    case 'too_big':
      return `must be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
    default:
      return issue.message;
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' long' : '';
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return `the number ${String(value)}`;
  return typeof value === 'object' ? 'an object' : typeof value;
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
