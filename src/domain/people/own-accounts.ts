import type { PoolClient } from 'pg';
import { FREE_PLAN, insertAccount } from '#src/domain/accounts/new-account.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Person } from './person.ts';

/** An account without Heroku, on the free plan, whose owner the person is. */
export async function insertOwnAccount(
  client: PoolClient,
  person: Person,
  { name, now }: { name: string; now: Date },
): Promise<string> {
  const id = uuidv7(now.getTime());
  await insertAccount(client, { id, name, plan: FREE_PLAN });
  await client.query(
    `insert into members (id, account_id, person_id, email, role, created_at, last_signed_in_at)
     values ($1, $2, $3, $4, 'owner', $5, $5)`,
    [uuidv7(now.getTime()), id, person.id, person.email, now],
  );
  return id;
}
