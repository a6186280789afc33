import { transaction } from '#src/infra/database/transaction.ts';
import type { Dependencies } from './dependencies.ts';

interface Names {
  name?: string;
  appId?: string;
  appName: string;
  region?: string | null;
}

/**
 * Stores the names that Heroku uses now. The account follows its app's name for as long as it has that name; an account
 * with another name keeps it.
 */
export async function updateNames(
  { pool }: Pick<Dependencies, 'pool'>,
  resourceId: string,
  names: Names,
): Promise<void> {
  await transaction(pool, async (client) => {
    const { rows } = await client.query<{ accountId: string; appName: string | null; name: string | null }>(
      `select account_id as "accountId", app_name as "appName", name from heroku_resources
       where id = $1 and account_id is not null for update`,
      [resourceId],
    );
    const [before] = rows;
    if (before === undefined) return;
    await client.query(
      `update heroku_resources set name = coalesce($2, name), app_id = coalesce($3, app_id), app_name = $4,
         region = coalesce(region, $5)
       where id = $1`,
      [resourceId, names.name ?? null, names.appId ?? null, names.appName, names.region ?? null],
    );
    // The account got the resource's name if the app's was not known at the provision.
    await client.query('update accounts set name = $2 where id = $1 and name in ($3, $4) and name <> $2', [
      before.accountId,
      names.appName,
      before.appName,
      before.name,
    ]);
  });
}
