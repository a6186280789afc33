import type { Pool, PoolClient } from 'pg';

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
  pool: Pool,
  accountId: string,
  { people, signedInBefore }: { people: Person[]; signedInBefore: Date },
): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from members where account_id = $1 and heroku_user_id is not null
       and not (heroku_user_id = any($2)) and not (lower(email) = any($3))
       and coalesce(last_signed_in_at, created_at) < $4`,
    [
      accountId,
      people.map(({ herokuUserId }) => herokuUserId),
      people.map(({ email }) => email.toLowerCase()),
      signedInBefore,
    ],
  );
  return rowCount ?? 0;
}

/** Removes one member, unless a sign-in after `lostAt` proves that access was given back. */
export async function removeMember(
  client: PoolClient,
  accountId: string,
  { herokuUserId, email, lostAt }: { herokuUserId: string | null; email: string | null; lostAt: Date },
): Promise<void> {
  await client.query(
    `delete from members where account_id = $1 and coalesce(last_signed_in_at, created_at) <= $4
       and (heroku_user_id = $2 or ($2 is null and lower(email) = lower($3)))`,
    [accountId, herokuUserId, email, lostAt],
  );
}
