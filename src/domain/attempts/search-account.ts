import type { Pool } from 'pg';
import type { Found } from '#src/domain/search/search.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { AttemptFilters } from './attempt-filters.ts';
import type { Attempts } from './attempts.ts';
import type { LoggedAttempt } from './logged-attempt.ts';

/** Apps that one page looks into. */
export const MAX_APPS = 20;
const APPS_AT_A_TIME = 4;

/** The apps of an account with the newest attempts. */
export interface SearchedApps {
  accountId: string;
  ids: string[];
  /** Whether there are more with attempts. */
  isCut: boolean;
}

export async function searchedApps(pool: Pool, accountId: string): Promise<SearchedApps> {
  const { rows } = await pool.query<{ id: string }>(BY_NEWEST, [accountId]);
  const ids = rows.map(({ id }) => id);
  return { accountId, ids: ids.slice(0, MAX_APPS), isCut: ids.length > MAX_APPS };
}

/** A page of the attempts of several apps, merged from pages of each, because every index is by app. */
export async function searchAccount(
  attempts: Attempts,
  { accountId, ids }: SearchedApps,
  { filters, paging }: { filters: AttemptFilters; paging: Paging },
): Promise<Found<LoggedAttempt>> {
  const found: Found<LoggedAttempt>[] = [];
  for (let at = 0; at < ids.length; at += APPS_AT_A_TIME) {
    const some = ids.slice(at, at + APPS_AT_A_TIME);
    found.push(...(await Promise.all(some.map((id) => attempts.search({ accountId, id }, filters, paging)))));
  }
  return merge(found, { limit: paging.limit, isBackwards: paging.after !== undefined });
}

/** Where the page of one app ended early, nothing is known beyond: there the merged page ends, too. */
function merge(
  found: Found<LoggedAttempt>[],
  { limit, isBackwards }: { limit: number; isBackwards: boolean },
): Found<LoggedAttempt> {
  const ends = found.flatMap(({ resumeAfter }) => (resumeAfter === undefined ? [] : [resumeAfter])).sort();
  const end = isBackwards ? ends[0] : ends.at(-1);
  const isKnown = ({ id }: LoggedAttempt) => end === undefined || (isBackwards ? id <= end : id >= end);
  const rows = found
    .flatMap((one) => one.rows)
    .filter(isKnown)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  const shown = isBackwards ? rows.slice(-limit) : rows.slice(0, limit);
  return shown.length === limit || end === undefined ? { rows: shown } : { rows: shown, resumeAfter: end };
}

const BY_NEWEST = `
  select apps.id from apps cross join lateral (
    select id as newest from attempts
    where attempts.account_id = $1 and attempts.app_id = apps.id order by id desc limit 1
  ) latest where apps.account_id = $1 order by newest desc limit ${String(MAX_APPS + 1)}`;
