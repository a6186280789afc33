import { decodeJsonEscapes, decodeUnicodeEscapes, foldCase, isOneWord, wordsOf } from './words.ts';

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
  if (phrases.size === 0) return undefined;
  const words = new Set([...phrases].flatMap(wordsOf));
  const asciiTerms = new Set([...phrases].flatMap(asciiTermsOf));
  return { phrases: [...phrases], words: [...words], asciiTerms: [...asciiTerms] };
}

/**
 * The parts of a phrase with a letter or digit of ASCII that a text holds as they are: runs of ASCII without signs that
 * JSON writes as an escape, as some writers do a slash.
 */
export function asciiTermsOf(phrase: string): string[] {
  return (phrase.match(/[ !#-.0-[\]-~]+/g) ?? []).filter((run) => /[a-z0-9]/.test(run));
}

/** Whether each phrase occurs in one of the texts. */
export function matches(query: TextQuery, texts: readonly (string | null)[]): boolean {
  return unmetBy(query, texts).phrases.length === 0;
}

/** The query without the phrases that occur in one of the texts: what other texts have to hold. */
export function unmetBy(query: TextQuery, texts: readonly (string | null)[]): TextQuery {
  const folded = texts.filter((text) => text !== null).map((text) => foldCase(decodeJsonEscapes(text)));
  const phrases = query.phrases.filter((phrase) => !folded.some((text) => containsPhrase(text, phrase)));
  return { ...query, phrases };
}

function containsPhrase(text: string, phrase: string): boolean {
  for (let at = text.indexOf(phrase); at !== -1; at = text.indexOf(phrase, nextStart(text, at + 1))) {
    if (isAtWordBoundaries(text, at, at + phrase.length)) return true;
  }
  return false;
}

/** The next word boundary, because a phrase never begins within a word. */
function nextStart(text: string, from: number): number {
  let at = from;
  while (at < text.length && isOneWord(lastOf(text, at), firstOf(text, at))) at += 1;
  return at;
}

/** Whether neither end of the range lies within a word. */
function isAtWordBoundaries(text: string, start: number, end: number): boolean {
  return (
    !isOneWord(lastOf(text, start), firstOf(text, start)) && !isOneWord(lastOf(text, end), firstOf(text, end))
  );
}

const firstOf = (text: string, at: number) => {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
};

/** The character before `at`, which may be two UTF-16 code units. */
const lastOf = (text: string, at: number) => {
  const two = text.slice(Math.max(0, at - 2), at);
  return two.length === 2 && (two.codePointAt(0) ?? 0) > 0xffff ? two : two.slice(-1);
};
