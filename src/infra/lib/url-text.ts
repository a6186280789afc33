/**
 * Blanks, control characters and those that nobody sees. A URL parser leaves them out at the ends and in host names,
 * line breaks and tabs everywhere, so the URL would be shown otherwise than it is used. U+2800 is the blank of Braille,
 * which Unicode counts as a symbol.
 */
const UNSEEN = /[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** What is wrong with the characters of a URL that a person gave, as a predicate; undefined when nothing is. */
export const problemOfUrlText = (text: string): string | undefined =>
  UNSEEN.test(text) ? 'must not hold blanks, line breaks or control characters' : undefined;
