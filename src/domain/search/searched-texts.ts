import type { TextQuery } from './text-query.ts';
import type { TimeSlices } from './time-slices.ts';
import { decodeJsonEscapes, foldCase, isOneWord, restOfWord } from './words.ts';

/** Texts that are searched together: each is folded once, and each phrase looked for once. */
export class SearchedTexts {
  readonly #folded: string[];
  readonly #known = new Map<string, boolean>();

  constructor(texts: readonly (string | null)[]) {
    this.#folded = texts.filter((text) => text !== null).map((text) => foldCase(decodeJsonEscapes(text)));
  }

  /** Whether the phrase occurs in one of the texts. */
  hold(phrase: string): boolean {
    const known = this.#known.get(phrase);
    if (known !== undefined) return known;
    const isHeld = this.#folded.some((text) => containsPhrase(text, phrase));
    this.#known.set(phrase, isHeld);
    return isHeld;
  }

  /** Whether each of the phrases occurs. The first that is absent ends it; between two a slice of time may end. */
  async holdAll(phrases: readonly string[], slices: TimeSlices): Promise<boolean> {
    for (const phrase of phrases) {
      if (!this.hold(phrase)) return false;
      if (slices.isOver) await slices.pause();
    }
    return true;
  }
}

/** Whether each phrase occurs in one of the texts. */
export function matches(
  { phrases }: Pick<TextQuery, 'phrases'>,
  texts: readonly (string | null)[],
  slices: TimeSlices,
): Promise<boolean> {
  return new SearchedTexts(texts).holdAll(phrases, slices);
}

function containsPhrase(text: string, phrase: string): boolean {
  const step = firstOf(phrase, 0).length;
  for (let at = text.indexOf(phrase); at !== -1; at = text.indexOf(phrase, nextStart(text, at + step))) {
    if (isAtWordBoundaries(text, at, at + phrase.length)) return true;
  }
  return false;
}

/** The next word boundary, because a phrase never begins within a word. */
function nextStart(text: string, from: number): number {
  return isOneWord(lastOf(text, from), firstOf(text, from)) ? restOfWord(text, from) : from;
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
