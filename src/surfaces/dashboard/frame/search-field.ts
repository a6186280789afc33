import { parseTextQuery, type TextQuery } from '#src/domain/search/text-query.ts';

const MAX_CHARACTERS = 200;

/** The entered text, and its query; undefined when the text has no word. */
export function readSearch(value: unknown): { q: string; text: TextQuery | undefined } {
  const q = typeof value === 'string' ? value.replaceAll('\0', '').slice(0, MAX_CHARACTERS) : '';
  return { q, text: parseTextQuery(q.toWellFormed()) };
}
