import type { Pool, PoolClient } from 'pg';
import type { Role } from '#src/domain/roles/roles.ts';
import type { Invitation, InvitedRole } from './invitation.ts';

// One function a statement.

type NewInvitation = Pick<
  Invitation,
  'id' | 'accountId' | 'appId' | 'subscriptionId' | 'email' | 'role' | 'invitedBy' | 'createdAt' | 'expiresAt'
>;

/** Renews the open invitation of the same address, if there is one; answers its id. */
export async function insertOrRenew(client: PoolClient, invitation: NewInvitation): Promise<string> {
  const target =
    invitation.subscriptionId === null
      ? '(account_id, lower(email)) where subscription_id is null and accepted_at is null'
      : '(subscription_id, lower(email)) where subscription_id is not null and accepted_at is null';
  const { rows } = await client.query<{ id: string }>(
    `insert into invitations (id, account_id, app_id, subscription_id, email, role, invited_by, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict ${target} do update
       set expires_at = excluded.expires_at, role = excluded.role, invited_by = excluded.invited_by
     returning id`,
    [
      invitation.id,
      invitation.accountId,
      invitation.appId,
      invitation.subscriptionId,
      invitation.email,
      invitation.role,
      invitation.invitedBy,
      invitation.createdAt,
      invitation.expiresAt,
    ],
  );
  return rows[0]?.id ?? invitation.id;
}

/** An invitation that can be accepted, with the names that its mail and its page tell. */
export interface OpenInvitation {
  id: string;
  accountId: string;
  accountName: string;
  appId: string | null;
  appName: string | null;
  subscriptionId: string | null;
  subscriberName: string | null;
  email: string;
  role: InvitedRole | null;
  invitedBy: string | null;
  expiresAt: Date;
}

/** Null when it was accepted, taken back, or is over. */
export async function findOpen(
  database: Pick<Pool | PoolClient, 'query'>,
  id: string,
  now: Date,
): Promise<OpenInvitation | null> {
  const { rows } = await database.query<OpenInvitation>(
    `select invitations.id, invitations.account_id as "accountId", accounts.name as "accountName",
       invitations.app_id as "appId", apps.name as "appName", subscription_id as "subscriptionId",
       subscriptions.name as "subscriberName", invitations.email, role, invited_by as "invitedBy",
       expires_at as "expiresAt"
     from invitations
     join accounts on accounts.id = invitations.account_id
     left join apps on apps.id = invitations.app_id
     left join subscriptions on subscriptions.id = subscription_id
     where invitations.id = $1 and accepted_at is null and expires_at > $2`,
    [id, now],
  );
  return rows[0] ?? null;
}

/** False when it was accepted or taken back meanwhile. */
export async function markAccepted(
  client: PoolClient,
  id: string,
  { personId, now }: { personId: string; now: Date },
): Promise<boolean> {
  const { rowCount } = await client.query(
    'update invitations set accepted_at = $2, person_id = $3 where id = $1 and accepted_at is null',
    [id, now, personId],
  );
  return rowCount === 1;
}

/** Answers who had accepted it, as of the deletion; null when it is gone. */
export async function deleteInvitation(
  client: PoolClient,
  { accountId, id }: { accountId: string; id: string },
): Promise<{ personId: string | null } | null> {
  const { rows } = await client.query<{ personId: string | null }>(
    'delete from invitations where account_id = $1 and id = $2 returning person_id as "personId"',
    [accountId, id],
  );
  return rows[0] ?? null;
}

/** Of the team; those of subscribers are not counted by the plan. */
export async function countOpenOfTeam(client: PoolClient, accountId: string, now: Date): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from invitations
     where account_id = $1 and subscription_id is null and accepted_at is null and expires_at > $2`,
    [accountId, now],
  );
  return rows[0]?.count ?? 0;
}

/** The member of this person; null for nobody. */
export async function findMembership(
  client: PoolClient,
  accountId: string,
  personId: string,
): Promise<{ id: string; role: Role } | null> {
  const { rows } = await client.query<{ id: string; role: Role }>(
    'select id, role from members where account_id = $1 and person_id = $2',
    [accountId, personId],
  );
  return rows[0] ?? null;
}
