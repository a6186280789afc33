import type { PoolClient } from 'pg';

/** The plan of an account that no add-on pays for. */
export const FREE_PLAN = 'hobby';

export async function insertAccount(
  client: PoolClient,
  { id, name, plan }: { id: string; name: string; plan: string },
): Promise<void> {
  await client.query('insert into accounts (id, name, plan) values ($1, $2, $3)', [id, name, plan]);
}
