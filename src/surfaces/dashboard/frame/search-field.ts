import { parseTextQuery, type TextQuery } from '#src/domain/search/text-query.ts';

const MAX_CHARACTERS = 200;

/** What was typed, and what it asks for: nothing when there is no word in it. */
export function readSearch(value: unknown): { q: string; text: TextQuery | undefined } {
  const q = typeof value === 'string' ? value.replaceAll('\0', '').slice(0, MAX_CHARACTERS) : '';
  return { q, text: parseTextQuery(q.toWellFormed()) };
}
