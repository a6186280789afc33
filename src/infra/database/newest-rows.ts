import type { Pool, QueryResultRow } from 'pg';
import type { Paging } from '#src/infra/lib/paging.ts';
import { idRange } from './id-range.ts';

/** One page of a select that ends in a condition, newest first by its column `id`. */
export async function newestRows<T extends QueryResultRow>(
  pool: Pool,
  { text, values }: { text: string; values: unknown[] },
  paging: Paging,
): Promise<T[]> {
  const isBackwards = paging.after !== undefined;
  const place = (number: number) => `$${String(values.length + number)}`;
  const { rows } = await pool.query<T>(
    `${text} and id >= ${place(1)} and id < ${place(2)}
     order by id ${isBackwards ? 'asc' : 'desc'} limit ${place(3)} offset ${place(4)}`,
    [...values, ...idRange({}, paging), paging.limit, paging.offset],
  );
  return isBackwards ? rows.reverse() : rows;
}
