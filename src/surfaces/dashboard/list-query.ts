import type { Request } from 'express';
import type { ListTotal } from '#src/domain/app-lists/list-query.ts';
import { isSortedPlace } from '#src/infra/lib/sorted-place.ts';
import { unheardFilters } from './frame/unheard-filters.ts';

const MAX_CHARACTERS = 200;

/** Cursors of a list that a reader sorts. */
export const SORTED = { isCursor: isSortedPlace };

/** What the address of a list asks for. An invalid sort or filter is not applied, and `unheard` says so. */
export interface AskedList<Sort extends string, Show extends string> {
  text: string;
  sort: Sort;
  show: Show | undefined;
  unheard: string | undefined;
  isFiltered: boolean;
}

/** Reads `?q=`, `?sort=` and `?show=`. The first of `sorts` is the default. `others`: what else the page reads. */
export function readListQuery<Sort extends string, Show extends string = never>(
  { query }: Pick<Request, 'query'>,
  { sorts, shows = [], others = [] }: { sorts: readonly Sort[]; shows?: readonly Show[]; others?: string[] },
): AskedList<Sort, Show> {
  const text = typeof query['q'] === 'string' ? textOf(query['q']) : '';
  const sort = sorts.find((one) => one === query['sort']);
  const show = shows.find((one) => one === query['show']);
  const [first] = sorts;
  if (first === undefined) throw new Error('A list has an order.');
  const filters = { sort, ...(shows.length === 0 ? {} : { show }) };
  return {
    text,
    sort: sort ?? first,
    show,
    unheard: unheardFilters(query, filters, ['q', ...others]),
    isFiltered: text !== '' || show !== undefined,
  };
}

const textOf = (entered: string) =>
  entered.replaceAll('\0', '').toWellFormed().trim().slice(0, MAX_CHARACTERS);

/** How many rows of how many are shown: `25 of 1,500 subscribers`. */
export function totalInWords(
  { matching, total }: ListTotal,
  { shown, isFiltered, noun }: { shown: number; isFiltered: boolean; noun: [one: string, many: string] },
): string {
  const number = (value: number) => value.toLocaleString('en-US');
  const all = `${number(total)} ${total === 1 ? noun[0] : noun[1]}`;
  const part = shown < matching ? `${number(shown)} of ` : '';
  return isFiltered ? `${part}${number(matching)} found, ${all} in all` : `${part}${all}`;
}
