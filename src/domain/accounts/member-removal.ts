import type { Pool, PoolClient } from 'pg';
import { recordChanges } from '#src/domain/audit/record-change.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';

interface Person {
  herokuUserId: string;
  email: string;
}

/**
 * Removes the members that came by way of Heroku and are not among `people`; their sessions end with the next request.
 * A member who signed in since `signedInBefore` stays, because `people` may be older than that access. Answers how many
 * were removed.
 */
export async function removeMembersExcept(
  { pool, clock }: { pool: Pool; clock: Clock },
  accountId: string,
  { people, signedInBefore }: { people: Person[]; signedInBefore: Date },
): Promise<number> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<Removed>(
      `delete from members where account_id = $1 and heroku_user_id is not null
         and not (heroku_user_id = any($2)) and not (lower(email) = any($3))
         and coalesce(last_signed_in_at, created_at) < $4
       returning id, email, role`,
      [
        accountId,
        people.map(({ herokuUserId }) => herokuUserId),
        people.map(({ email }) => email.toLowerCase()),
        signedInBefore,
      ],
    );
    await recordRemoved({ client, clock }, accountId, rows);
    return rows.length;
  });
}

/** Removes one member, unless a sign-in after `lostAt` proves that access was given back. */
export async function removeMember(
  { client, clock }: { client: PoolClient; clock: Clock },
  accountId: string,
  { herokuUserId, email, lostAt }: { herokuUserId: string | null; email: string | null; lostAt: Date },
): Promise<void> {
  const { rows } = await client.query<Removed>(
    `delete from members where account_id = $1 and coalesce(last_signed_in_at, created_at) <= $4
       and (heroku_user_id = $2 or ($2 is null and lower(email) = lower($3)))
     returning id, email, role`,
    [accountId, herokuUserId, email, lostAt],
  );
  await recordRemoved({ client, clock }, accountId, rows);
}

interface Removed {
  id: string;
  email: string;
  role: string;
}

async function recordRemoved(
  { client: db, clock }: { client: PoolClient; clock: Clock },
  accountId: string,
  removed: Removed[],
): Promise<void> {
  const changes = removed.map(({ id, email, role }) => ({
    accountId,
    action: 'member.removed' as const,
    object: { type: 'member', id, name: email },
    details: { role },
  }));
  await recordChanges({ db, clock }, changes);
}
