/**
 * SQL: whether a text may hold all of `needles`. It lets PostgreSQL pass over most rows without sending their texts; a
 * letter that is written as `\u0061` is left to us. By "C", which folds ASCII alone, and quickly.
 */
export function needlesSql(
  needles: readonly string[],
  text: string,
  bind: (value: unknown) => string,
): string {
  if (needles.length === 0) return 'true';
  const all = needles.map((needle) => `strpos(folded, ${bind(needle)}) > 0`).join(' and ');
  return `(select (${all}) or strpos(folded, '\\u') > 0
    from (select lower(${text} collate "C") as folded offset 0) folded)`;
}
