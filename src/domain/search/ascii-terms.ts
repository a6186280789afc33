/**
 * SQL: whether `text` may contain all of `asciiTerms`, so that PostgreSQL skips most rows without sending their
 * texts. A text with a `\u` escape passes, because only JavaScript decodes it. Collation "C" folds the case of ASCII
 * alone, which is cheap.
 */
export function asciiTermsSql(
  asciiTerms: readonly string[],
  text: string,
  bind: (value: unknown) => string,
): string {
  if (asciiTerms.length === 0) return 'true';
  const all = asciiTerms.map((term) => `strpos(folded, ${bind(term)}) > 0`).join(' and ');
  return `(select (${all}) or strpos(folded, '\\u') > 0
    from (select lower(${text} collate "C") as folded offset 0) folded)`;
}
