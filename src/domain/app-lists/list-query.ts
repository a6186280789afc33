import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { sortedPage, type Sorting } from '#src/infra/database/sorted-page.ts';
import type { Paging } from '#src/infra/lib/paging.ts';

export type AppKey = Pick<App, 'accountId' | 'id'>;

/** What of a list is asked for. */
export interface ListQuery<Sort extends string, Show extends string = never> {
  /** A part of a name, a uid, an id, an address or a URL; empty: all. */
  text: string;
  sort: Sort;
  /** Undefined: all. */
  show?: Show | undefined;
}

/** How many rows a list has, and how many of them are asked for. */
export interface ListTotal {
  matching: number;
  total: number;
}

/** A text as the pattern of `ilike`: what contains it. */
export const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;

export const newestFirst: Sorting = { key: `''`, direction: 'desc' };

/** SQL of a name that sorts as people read it; short, because it is part of an address. */
export const byName = (column: string): Sorting => ({ key: `left(lower(${column}), 100)`, direction: 'asc' });

interface Selected {
  columns: string;
  from: string;
  matches: string;
  values: unknown[];
  sorting: Sorting;
}

/** The rows of `from` that match, a page of them. */
export const listMatching = <T extends { place: string }>(
  pool: Pool,
  { columns, from, matches, values, sorting }: Selected,
  paging: Paging,
): Promise<T[]> => sortedPage<T>(pool, { columns, from: `${from} and ${matches}`, values, sorting }, paging);

/** Counts the rows of a list whose SQL is `from`, and those for which `matches` holds. */
export async function countListed(
  pool: Pool,
  { from, matches, values }: { from: string; matches: string; values: unknown[] },
): Promise<ListTotal> {
  const { rows } = await pool.query<ListTotal>(
    `select count(*)::int as total, (count(*) filter (where ${matches}))::int as matching ${from}`,
    values,
  );
  return rows[0] ?? { matching: 0, total: 0 };
}
