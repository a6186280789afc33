import type { Pool } from 'pg';

interface Plan {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** How many rows of a table, or of its partitions, a statement reads: those that it leaves out, too. */
export async function rowsReadOf(
  table: string,
  pool: Pool,
  [sql, values]: [string, unknown[]],
): Promise<number> {
  const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (analyze, format json) ${sql}`,
    values,
  );
  return rows[0] === undefined ? 0 : Math.round(rowsRead(table, rows[0]['QUERY PLAN'][0].Plan));
}

function rowsRead(table: string, { Plans = [], ...step }: Plan): number {
  const below = Plans.reduce((sum, plan) => sum + rowsRead(table, plan), 0);
  if (step['Relation Name']?.startsWith(table) !== true) return below;
  return below + (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops'];
}

/** A pool that keeps the statements that it is asked. */
export function listening(pool: Pool) {
  const asked: [string, unknown[]][] = [];
  const query = (sql: string, values: unknown[]) => {
    asked.push([sql, values]);
    return pool.query(sql, values);
  };
  return { asked, pool: { query } as unknown as Pool };
}
