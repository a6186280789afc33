import type { Pool } from 'pg';

/** Who a dashboard session belongs to, as the database says it at this request. */
export interface SessionUser {
  /** Null for a person whom Heroku let in without saying who it is (a legacy token): role member, not recorded. */
  memberId: string | null;
  accountId: string;
  /** The Heroku resource that the session is bound to; null for whoever signed in with us. */
  resourceId: string | null;
  email: string | null;
  role: 'admin' | 'member';
}

/** All that a session stores: the rest is read anew, so that what was taken away ends with the next request. */
export type StoredUser = Pick<SessionUser, 'memberId' | 'resourceId'>;

interface Row {
  account_id: string;
  email: string | null;
  role: SessionUser['role'] | null;
}

/** The user of a stored session, or null when the resource was deprovisioned or the member removed meanwhile. */
export async function loadSessionUser(pool: Pool, stored: StoredUser): Promise<SessionUser | null> {
  const { memberId, resourceId } = stored;
  if (resourceId === null && memberId === null) return null;
  const { rows } = await pool.query<Row>(
    `select accounts.id as account_id, members.email, members.role
     from accounts
     left join heroku_resources on heroku_resources.account_id = accounts.id
     left join members on members.account_id = accounts.id and members.id = $1
     where ($2::uuid is null or heroku_resources.id = $2) and ($1::uuid is null or members.id = $1)`,
    [memberId, resourceId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return { memberId, resourceId, accountId: row.account_id, email: row.email, role: row.role ?? 'member' };
}
