import { isUuid } from './ids.ts';

/** Where a row is in a list that is sorted by a text, and within one text by id. Stands in the address of a page. */
export const sortedPlaceOf = (key: string, id: string) =>
  `${Buffer.from(key.toWellFormed()).toString('base64url')}.${id}`;

/** Undefined for a text that {@link sortedPlaceOf} does not make. */
export function readSortedPlace(text: string): { key: string; id: string } | undefined {
  const [encoded = '', id = '', ...rest] = text.split('.');
  if (rest.length > 0 || !isUuid(id)) return undefined;
  const key = Buffer.from(encoded, 'base64url').toString();
  return sortedPlaceOf(key, id) === text && !key.includes('\0') ? { key, id } : undefined;
}

export const isSortedPlace = (text: string): boolean => readSortedPlace(text) !== undefined;
