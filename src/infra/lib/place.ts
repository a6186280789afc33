import { isUuid } from './ids.ts';

/** Where a row is in a list whose order is that of two ids, the second within the first; places compare as texts. */
export const placeOf = (first: string, second: string) => `${first}.${second}`;

/** Whether a text is what {@link placeOf} makes, or an id alone. */
export function isPlace(text: string): boolean {
  const ids = text.split('.');
  return ids.length <= 2 && text === text.toLowerCase() && ids.every(isUuid);
}
