import { parseTextQuery, shortened, type TextQuery } from '#src/domain/search/text-query.ts';

const MAX_CHARACTERS = 200;

/** The entered text, and the query of as many of its words as one may have; undefined when the text has no word. */
export function readSearch(value: unknown): { q: string; text: TextQuery | undefined } {
  const q = typeof value === 'string' ? value.replaceAll('\0', '').slice(0, MAX_CHARACTERS) : '';
  const text = parseTextQuery(q.toWellFormed());
  return { q, text: text && shortened(text) };
}
