import { decodeUnicodeEscapes, foldCase, wordsOf } from './words.ts';

/** Each phrase is looked for in every text; a sentence of words that are typed seldom has more. */
export const MAX_PHRASES = 40;

export interface TextQuery {
  /**
   * Each must occur in one of the texts as it is here, in case-folded form, from a word boundary to a word boundary.
   */
  phrases: readonly string[];
  /** The words of all phrases. */
  words: readonly string[];
  /** The {@link asciiTermsOf} all phrases: every text that matches and has no `\u` escape contains each of them. */
  asciiTerms: readonly string[];
}

/**
 * Spaces separate phrases; double quotes hold words together. Undefined when the text has no word, because punctuation
 * alone is not indexed.
 */
export function parseTextQuery(text: string): TextQuery | undefined {
  const pieces = [...decodeUnicodeEscapes(text).matchAll(/"([^"]*)"?|[^\s"]+/g)];
  const phrases = new Set(
    pieces
      .map(([piece, quoted]) => foldCase((quoted ?? piece).trim()))
      .filter((phrase) => wordsOf(phrase).length > 0),
  );
  return phrases.size === 0 ? undefined : queryOf([...phrases]);
}

function queryOf(phrases: readonly string[]): TextQuery {
  const words = new Set(phrases.flatMap(wordsOf));
  const asciiTerms = new Set(phrases.flatMap(asciiTermsOf));
  return { phrases, words: [...words], asciiTerms: [...asciiTerms] };
}

/**
 * The parts of a phrase with a letter or digit of ASCII that a text holds as they are: runs of ASCII without signs that
 * JSON writes as an escape, as some writers do a slash.
 */
export function asciiTermsOf(phrase: string): string[] {
  return (phrase.match(/[ !#-.0-[\]-~]+/g) ?? []).filter((run) => /[a-z0-9]/.test(run));
}

/** The query of a text that someone typed, or why it cannot be searched for: a sentence without its subject. */
export function readTextQuery(text: string): TextQuery | string {
  const query = parseTextQuery(text);
  if (query === undefined) return 'must hold a word: a letter or a digit';
  if (query.phrases.length <= MAX_PHRASES) return query;
  return `must have at most ${String(MAX_PHRASES)} words; those between double quotes count as one`;
}

/** The query with as many phrases as a query may have. */
export const shortened = ({ phrases }: TextQuery) => queryOf(phrases.slice(0, MAX_PHRASES));
