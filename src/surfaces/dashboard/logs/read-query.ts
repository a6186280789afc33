import type { Request } from 'express';
import type { z } from 'zod';
import { unheardFilters } from '#src/surfaces/dashboard/frame/unheard-filters.ts';

/** What a page takes besides the filters: what was typed of a subscriber or an endpoint, and a saved view. */
const TYPED = ['subscriber', 'endpoint'];

/** An invalid filter is not applied, and `unheard` says so: for a hand-written address that is better than an error. */
export function readQuery<Fields extends z.ZodObject>(
  fields: Fields,
  query: Request['query'],
): { shown: z.infer<Fields>; unheard: string | undefined } {
  const heard = Object.entries(fields.shape).map(([name, field]) => [
    name,
    query[name] === '' ? undefined : (field as z.ZodType).safeParse(query[name]).data,
  ]);
  const shown = Object.fromEntries(heard) as z.infer<Fields>;
  return { shown, unheard: unheardFilters(query, shown, TYPED) };
}

/** The filters as the query of an address; empty when there are none. */
export function queryOf(shown: Record<string, unknown>): string {
  const set = Object.entries(shown).filter((one): one is [string, string] => typeof one[1] === 'string');
  return set.length === 0 ? '' : `?${String(new URLSearchParams(set))}`;
}
