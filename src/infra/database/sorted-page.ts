import type { Pool, QueryResultRow } from 'pg';
import type { Paging } from '#src/infra/lib/paging.ts';
import { readSortedPlace, sortedPlaceOf } from '#src/infra/lib/sorted-place.ts';

/** By what a list is sorted. */
export interface Sorting {
  /** SQL of a text of each row; it is part of the address of a page. */
  key: string;
  direction: 'asc' | 'desc';
}

interface Listed {
  id: string;
  key: string;
}

/**
 * One page of a select that ends in a condition, sorted by a text and within it by `id`, a column of its first table.
 * The places in `paging` are those of rows: a page stays where it is while rows are added before it.
 */
export async function sortedPage<T extends QueryResultRow>(
  pool: Pool,
  { columns, from, values, sorting }: { columns: string; from: string; values: unknown[]; sorting: Sorting },
  paging: Paging,
): Promise<(T & { id: string; place: string })[]> {
  const isBackwards = paging.after !== undefined;
  const place = readSortedPlace(paging.after ?? paging.before ?? '');
  const isAscending = (sorting.direction === 'asc') !== isBackwards;
  const direction = isAscending ? 'asc' : 'desc';
  const number = (index: number) => `$${String(values.length + index)}`;
  const { rows } = await pool.query<T & Listed>(
    `select * from (select ${columns}, ${sorting.key} as key ${from}) listed
     where ${number(2)}::uuid is null or (key, id) ${isAscending ? '>' : '<'} (${number(1)}::text, ${number(2)})
     order by key ${direction}, id ${direction} limit ${number(3)} offset ${number(4)}`,
    [...values, place?.key ?? '', place?.id ?? null, paging.limit, paging.offset],
  );
  const placed = rows.map((row) => ({ ...row, place: sortedPlaceOf(row.key, row.id) }));
  return isBackwards ? placed.reverse() : placed;
}
