import { MAX_COUNTED, type Total } from '#src/domain/search/total.ts';
import { viewHelpers } from '#src/surfaces/html/view-helpers.ts';
import type { PageOf } from '#src/surfaces/html/pager.ts';

type Noun = [one: string, many: string];

/** How many rows the page has, and of how many: "25 of more than 10,000 attempts". */
export function totalText(
  page: Pick<PageOf<unknown>, 'isCutShort' | 'newer' | 'older' | 'rows'>,
  total: Total | null,
  [one, many]: Noun,
): string {
  const { number, plural } = viewHelpers;
  const shown = page.rows.length;
  const isAll = page.newer === undefined && page.older === undefined && !page.isCutShort;
  if (isAll) return plural(shown, one, many);
  if (total === null) return `${plural(shown, one, many)} on this page`;
  // Rows are added while they are counted.
  const count = Math.max(shown, total.count);
  if (total.isExact) return `${number(shown)} of ${plural(count, one, many)}`;
  // The search has come further than the count.
  if (count === shown) return `${plural(shown, one, many)} so far`;
  if (count >= MAX_COUNTED) return `${number(shown)} of more than ${number(MAX_COUNTED)} ${many}`;
  return `${number(shown)} of at least ${plural(count, one, many)}, counted in the newest ${number(MAX_COUNTED)} rows`;
}
