import { fold, isOneWord, readable, withoutUnicodeEscapes, wordsOf } from './words.ts';

/** What a person looks for. */
export interface TextQuery {
  /** Each must stand in a text, as it is here, beginning and ending where words do. */
  terms: readonly string[];
  /** The words of all terms. */
  words: readonly string[];
  /** Texts without escapes that match hold each of these, upper case made lower: ASCII only, so that it is quickly seen. */
  needles: readonly string[];
}

/**
 * Terms are what spaces set apart, or double quotes hold together. Undefined when there is no word in it: of signs alone
 * there is no index.
 */
export function parseTextQuery(text: string): TextQuery | undefined {
  const pieces = [...withoutUnicodeEscapes(text).matchAll(/"([^"]*)"?|[^\s"]+/g)];
  const terms = new Set(
    pieces
      .map(([piece, quoted]) => fold((quoted ?? piece).trim()))
      .filter((term) => wordsOf(term).length > 0),
  );
  if (terms.size === 0) return undefined;
  const words = new Set([...terms].flatMap(wordsOf));
  const needles = new Set([...words].flatMap((word) => word.match(/[a-z0-9]+/g) ?? []));
  return { terms: [...terms], words: [...words], needles: [...needles] };
}

/** Whether each term stands in one of the texts. */
export function matches({ terms }: TextQuery, texts: readonly (string | null)[]): boolean {
  const read = texts.filter((text) => text !== null).map((text) => fold(readable(text)));
  return terms.every((term) => read.some((text) => stands(term, text)));
}

function stands(term: string, text: string): boolean {
  for (let at = text.indexOf(term); at !== -1; at = text.indexOf(term, nextStart(text, at + 1))) {
    if (isWhole(text, at, at + term.length)) return true;
  }
  return false;
}

/** Where a term may begin next: not within a word, of which each letter would be tried. */
function nextStart(text: string, from: number): number {
  let at = from;
  while (at < text.length && isOneWord(lastOf(text, at), firstOf(text, at))) at += 1;
  return at;
}

/** Whether neither end of it lies within a word. */
function isWhole(text: string, start: number, end: number): boolean {
  return (
    !isOneWord(lastOf(text, start), firstOf(text, start)) && !isOneWord(lastOf(text, end), firstOf(text, end))
  );
}

const firstOf = (text: string, at: number) => {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
};

/** The character before `at`, which may be two units. */
const lastOf = (text: string, at: number) => {
  const two = text.slice(Math.max(0, at - 2), at);
  return two.length === 2 && (two.codePointAt(0) ?? 0) > 0xffff ? two : two.slice(-1);
};
