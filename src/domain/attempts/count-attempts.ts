import type { Pool } from 'pg';
import { MAX_COUNTED, type Total, totalOf } from '#src/domain/search/total.ts';
import { type AppKey, type AttemptFilters, attemptConditions, attemptRange } from './attempt-filters.ts';

/** How many attempts match, among the newest; null where texts are searched, because that would read all of them. */
export async function countAttempts(pool: Pool, app: AppKey, filters: AttemptFilters): Promise<Total | null> {
  if (filters.text !== undefined) return null;
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${String(values.push(value))}`;
  const { from, to } = attemptRange(filters, { limit: 0, offset: 0 });
  const { endpointId, messageId } = filters;
  // What an index serves narrows what is looked at.
  const narrow = attemptConditions(app, { endpointId, messageId }, bind);
  const looked = [...narrow, `id >= ${bind(from)}`, `id < ${bind(to)}`].join(' and ');
  const asked = attemptConditions(app, filters, bind).join(' and ');
  const { rows } = await pool.query<{ matching: number; seen: number }>(
    `select count(*) filter (where ${asked})::int as matching, count(*)::int as seen
     from (select * from attempts where ${looked} order by id desc limit ${String(MAX_COUNTED + 1)}) attempts`,
    values,
  );
  return totalOf(rows[0] ?? { matching: 0, seen: 0 });
}
