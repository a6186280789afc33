import type { PoolClient } from 'pg';
import { endAnnouncements } from '#src/domain/announcements/forget-announcements.ts';
import { endSessionsOf } from '#src/domain/visits/visits.ts';

/** Nobody joins the account any more. Before its row is locked, because whoever accepts locks them in this order. */
export async function endInvitations(client: PoolClient, accountId: string): Promise<void> {
  await client.query('delete from invitations where account_id = $1', [accountId]);
}

/**
 * Deletes what makes an account act: its keys, Heroku's authorization, and its apps with all that routes to endpoints.
 * Triggers notify every process, and a message that is being accepted finds its app's revision gone.
 */
export async function silenceAccount(client: PoolClient, accountId: string): Promise<void> {
  await endInvitations(client, accountId);
  await client.query('delete from api_keys where account_id = $1', [accountId]);
  await client.query('delete from heroku_authorizations where account_id = $1', [accountId]);
  await client.query('delete from heroku_webhooks where account_id = $1', [accountId]);
  // Before the members, because their visits are deleted with them, and a session is found by its visits.
  await endSessionsOf(client, accountId);
  await client.query('delete from members where account_id = $1', [accountId]);
  await client.query('delete from apps where account_id = $1', [accountId]);
  await endAnnouncements(client, accountId);
}
