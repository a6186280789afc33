import type { PoolClient } from 'pg';
import { findPlan } from '#src/domain/plans/plans.ts';
import { hasRight, type Role, rolesSql } from '#src/domain/roles/roles.ts';

// One function a statement, each inside a transaction of Members.

export interface Teammate {
  id: string;
  email: string;
  role: Role;
  /** Null: one of Heroku's, who is no person here. */
  personId: string | null;
}

/** The plan allows no more members. `admins`: the addresses of those who can remove one. */
export interface TeamIsFull {
  plan: string;
  limit: number;
  admins: string[];
}

export const SIGN_IN_KNOWN = `
  update members set email = $3, last_signed_in_at = $4,
    role = case when exists (select from members where account_id = $1 and role = 'owner') then role
      when role = 'admin' or not exists (select from members where account_id = $1 and role = 'admin') then 'owner'
      else role end
  where account_id = $1 and heroku_user_id = $2
  returning id, role`;

export const SIGN_IN_NEW = `
  insert into members (id, account_id, heroku_user_id, email, role, last_signed_in_at)
  select $5, $1, $2, $3,
    case when exists (select from members where account_id = $1 and role in (${rolesSql('team')})) then 'member'
      else 'owner' end, $4
  returning id, role`;

/** The account's plan. Not `for update`, because that waits for every message that is being accepted. */
export async function lockAccount(client: PoolClient, accountId: string): Promise<string | null> {
  const { rows } = await client.query<{ plan: string }>(
    'select plan from accounts where id = $1 for no key update',
    [accountId],
  );
  return rows[0]?.plan ?? null;
}

export async function teamOf(client: PoolClient, accountId: string): Promise<Teammate[]> {
  const { rows } = await client.query<Teammate>(
    'select id, role, email, person_id as "personId" from members where account_id = $1',
    [accountId],
  );
  return rows;
}

export async function teamIsFull(
  client: PoolClient,
  accountId: string,
  plan: string,
): Promise<TeamIsFull | null> {
  const limit = findPlan(plan)?.members;
  if (limit === undefined) return null;
  const { rows } = await client.query<{ email: string; role: Role }>(
    'select email, role from members where account_id = $1 order by id',
    [accountId],
  );
  if (rows.length < limit) return null;
  const admins = rows.filter(({ role }) => hasRight(role, 'team')).map(({ email }) => email);
  return { plan, limit, admins };
}
