import pg from 'pg';

/** The type `uuid[]` in PostgreSQL's catalogue. */
const UUID_ARRAY = 2951;
/** A list of one dimension without NULL. */
const PLAIN = /^\{[0-9a-f,-]*\}$/;

/**
 * The parsers of what PostgreSQL answers: pg's, but lists of UUIDs are split. pg reads arrays character by character,
 * which of a page of messages to 1,500 endpoints each takes longer than the rest of the page.
 */
export function typeParsers(): pg.TypeOverrides {
  const parsers = new pg.TypeOverrides();
  // Its type takes the text for the number of the type.
  const usual = parsers.getTypeParser(UUID_ARRAY, 'text') as unknown as (text: string) => unknown;
  parsers.setTypeParser(UUID_ARRAY, 'text', (text: string) => splitPlain(text) ?? usual(text));
  return parsers;
}

function splitPlain(text: string): string[] | undefined {
  if (!PLAIN.test(text)) return undefined;
  return text === '{}' ? [] : text.slice(1, -1).split(',');
}
