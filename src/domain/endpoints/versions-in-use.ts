import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';

const SHOWN = 12;
/** Messages that are looked at. */
const LATEST = 200;

/** The versions that endpoints of the app take and that its latest messages have, the most common first. */
export async function versionsInUse(
  pool: Pool,
  { accountId, id }: Pick<App, 'accountId' | 'id'>,
): Promise<string[]> {
  const { rows } = await pool.query<{ version: string }>(VERSIONS, [accountId, id, LATEST, SHOWN]);
  return rows.map(({ version }) => version);
}

const VERSIONS = `
  select version from (
    select version, count(*) from endpoints where account_id = $1 and app_id = $2 group by version
    union all
    select version, count(*) from (
      select version from messages where messages.account_id = $1 and messages.app_id = $2 order by id desc limit $3
    ) latest group by version
  ) used(version, uses) group by version order by sum(uses) desc, version limit $4`;
