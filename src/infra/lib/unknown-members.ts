import { type ErrorDetail, InvalidInput } from './errors.ts';
import { nearestName } from './nearest-name.ts';

/** The code of a request that holds what nobody would read. */
export const UNKNOWN_PARAMETER = 'unknown_parameter';

/** Names reported of one object, because a body of a megabyte may hold a hundred thousand. */
const MAX_NAMED = 20;
const MAX_NAME_LENGTH = 64;
/** So many known names are listed where none is near. */
const MAX_LISTED = 12;

/** Predicates by name, for names that are asked for in the wrong place. */
export type Hints = Record<string, string>;

interface Surroundings {
  known: string[];
  place?: PropertyKey[];
  hints?: Hints;
}

/** One detail for each name, with the known name that was probably meant. */
export function detailsOfUnknown(
  unknown: string[],
  { known, place = [], hints = {} }: Surroundings,
): ErrorDetail[] {
  return unknown.slice(0, MAX_NAMED).map((name) => ({
    path: [...place, name.slice(0, MAX_NAME_LENGTH)].map(String).join('.'),
    message: `is unknown${Object.hasOwn(hints, name) ? (hints[name] ?? '') : hintAt(name, known)}`,
  }));
}

function hintAt(name: string, known: string[]): string {
  const meant = nearestName(name, known);
  if (meant !== undefined) return `; did you mean ${meant}?`;
  if (known.length === 0) return ': nothing is taken here';
  return known.length > MAX_LISTED ? '' : `: there is ${known.join(', ')}`;
}

/** An InvalidInput (422) with these details; its code says whether a name was unknown. */
export function invalid(details: ErrorDetail[], { hasUnknown = false } = {}): InvalidInput {
  return new InvalidInput(sentence(details), {
    details,
    ...(hasUnknown ? { code: UNKNOWN_PARAMETER } : {}),
  });
}

function sentence(details: ErrorDetail[]): string {
  const text = details.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
  return text.endsWith('?') ? text : `${text}.`;
}
