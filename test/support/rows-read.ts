import type { Pool } from 'pg';

interface Plan {
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

type Asked = [sql: string, values: unknown[]];

/** How many rows of a table, or of its partitions, a statement reads: those that it leaves out, too. */
export async function rowsReadOf(table: string, pool: Pool, asked: Asked): Promise<number> {
  const plan = await planOf(pool, asked);
  return plan === undefined ? 0 : Math.round(rowsRead(table, plan));
}

/** How many entries of a table's indexes, or of its partitions', a statement reads. */
export async function indexEntriesReadOf(table: string, pool: Pool, asked: Asked): Promise<number> {
  const plan = await planOf(pool, asked);
  return plan === undefined ? 0 : Math.round(indexEntriesRead(table, plan));
}

async function planOf(pool: Pool, [sql, values]: Asked): Promise<Plan | undefined> {
  const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (analyze, format json) ${sql}`,
    values,
  );
  return rows[0]?.['QUERY PLAN'][0].Plan;
}

function indexEntriesRead(table: string, { Plans = [], ...step }: Plan): number {
  const below = Plans.reduce((sum, plan) => sum + indexEntriesRead(table, plan), 0);
  return step['Index Name']?.startsWith(table) === true
    ? below + (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops']
    : below;
}

function rowsRead(table: string, { Plans = [], ...step }: Plan): number {
  const below = Plans.reduce((sum, plan) => sum + rowsRead(table, plan), 0);
  if (step['Relation Name']?.startsWith(table) !== true) return below;
  return below + (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops'];
}

/** A pool that keeps the statements that it is asked. */
export function listening(pool: Pool) {
  const asked: Asked[] = [];
  const query = (sql: string, values: unknown[]) => {
    asked.push([sql, values]);
    return pool.query(sql, values);
  };
  return { asked, pool: { query } as unknown as Pool };
}
