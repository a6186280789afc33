import type { PoolClient } from 'pg';
import { FREE_PLAN, insertAccount } from '#src/domain/accounts/new-account.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Person } from './person.ts';

/** Free accounts are cheap, not boundless. */
export const MAX_OWN_ACCOUNTS = 5;

export async function countOwnAccounts(client: PoolClient, personId: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from members where person_id = $1 and role = 'owner'`,
    [personId],
  );
  return rows[0]?.count ?? 0;
}

/** An account without Heroku, on the free plan, whose owner the person is. */
export async function insertOwnAccount(
  client: PoolClient,
  person: Person,
  { name, clock }: { name: string; clock: Clock },
): Promise<string> {
  const now = new Date(clock.now());
  const id = uuidv7(now.getTime());
  await insertAccount(client, { id, name, plan: FREE_PLAN });
  const memberId = uuidv7(now.getTime());
  await client.query(
    `insert into members (id, account_id, person_id, email, role, created_at, last_signed_in_at)
     values ($1, $2, $3, $4, 'owner', $5, $5)`,
    [memberId, id, person.id, person.email, now],
  );
  const actor = { type: 'person', id: memberId, email: person.email } as const;
  const object = { type: 'account', id, name };
  await recordChange(
    { db: client, clock, actor },
    { accountId: id, action: 'account.created', object, details: { plan: FREE_PLAN } },
  );
  return id;
}
