import pg, { type PoolClient, type QueryResultRow } from 'pg';

/** The protocol of PostgreSQL counts the parameters of a statement in two bytes. */
const MAX_PARAMETERS = 65_535;

type Row = Record<string, unknown>;

/**
 * Inserts rows as parameters of VALUES. Citus sends each of them straight to its shard; rows that a SELECT takes from a
 * list go through the coordinator first, at ten times the CPU. PostgreSQL takes a list faster, and keeps its plan. All
 * rows have the same columns. `ending` stands behind the rows: `on conflict …`, `returning …`.
 */
export async function insertRows<Returned extends QueryResultRow = never>(
  client: PoolClient,
  table: string,
  { rows, ending = '' }: { rows: Row[]; ending?: string },
): Promise<Returned[]> {
  const columns = Object.keys(rows[0] ?? {});
  const into = `insert into ${table} (${columns.map(pg.escapeIdentifier).join(', ')}) values `;
  const atOnce = Math.floor(MAX_PARAMETERS / Math.max(1, columns.length));
  const returned: Returned[] = [];
  for (let from = 0; from < rows.length; from += atOnce) {
    const some = rows.slice(from, from + atOnce);
    const text = `${into}${some.map((_, index) => placeholders(columns.length, index)).join(', ')} ${ending}`;
    const result = await client.query<Returned>(
      text,
      some.flatMap((row) => columns.map((column) => row[column])),
    );
    returned.push(...result.rows);
  }
  return returned;
}

/** `($1, $2, …)` of a row. */
function placeholders(count: number, row: number): string {
  return `(${Array.from({ length: count }, (_, index) => `$${String(row * count + index + 1)}`).join(', ')})`;
}
