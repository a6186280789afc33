import type { Pool, PoolClient } from 'pg';
import type { EvidenceLink } from './evidence-link.ts';

const COLUMNS = `id, account_id as "accountId", app_id as "appId", message_id as "messageId",
  endpoint_id as "endpointId", shows_payload as "showsPayload", created_by as "createdBy", created_at as "createdAt",
  expires_at as "expiresAt"`;

/** Links are counted under a lock of their account, so that two that are made at once see each other. */
export async function lockAccount(client: PoolClient, accountId: string): Promise<void> {
  await client.query('select from accounts where id = $1 for no key update', [accountId]);
}

/** The links that are good: of the account, and of the message. */
export async function countLinks(
  client: PoolClient,
  { accountId, messageId }: Pick<EvidenceLink, 'accountId' | 'messageId'>,
  now: Date,
): Promise<{ ofAccount: number; ofMessage: number }> {
  const { rows } = await client.query<{ ofAccount: number; ofMessage: number }>(
    `select count(*)::int as "ofAccount", (count(*) filter (where message_id = $2))::int as "ofMessage"
     from evidence_links where account_id = $1 and expires_at > $3`,
    [accountId, messageId, now],
  );
  return rows[0] ?? { ofAccount: 0, ofMessage: 0 };
}

export async function insertLink(client: PoolClient, link: EvidenceLink, tokenHash: Buffer): Promise<void> {
  await client.query(
    `insert into evidence_links (account_id, app_id, message_id, endpoint_id, id, token_hash, shows_payload, created_by,
       created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[link.accountId, link.appId, link.messageId, link.endpointId, link.id, tokenHash],
      ...[link.showsPayload, link.createdBy, link.createdAt, link.expiresAt],
    ],
  );
}

/** The links of a message that are good, newest first. */
export async function selectLinks(
  pool: Pool,
  { accountId, appId, messageId }: Pick<EvidenceLink, 'accountId' | 'appId' | 'messageId'>,
  now: Date,
): Promise<EvidenceLink[]> {
  const { rows } = await pool.query<EvidenceLink>(
    `select ${COLUMNS} from evidence_links
     where account_id = $1 and app_id = $2 and message_id = $3 and expires_at > $4 order by id desc`,
    [accountId, appId, messageId, now],
  );
  return rows;
}

/** Null when the message has no such link. */
export async function deleteLink(
  client: PoolClient,
  { accountId, appId, messageId, id }: Pick<EvidenceLink, 'accountId' | 'appId' | 'id' | 'messageId'>,
): Promise<EvidenceLink | null> {
  const { rows } = await client.query<EvidenceLink>(
    `delete from evidence_links where account_id = $1 and app_id = $2 and message_id = $3 and id = $4
     returning ${COLUMNS}`,
    [accountId, appId, messageId, id],
  );
  return rows[0] ?? null;
}

/** Null when there is none, or it has expired. The token is what says whose it is. */
export async function linkOfToken(pool: Pool, tokenHash: Buffer, now: Date): Promise<EvidenceLink | null> {
  const { rows } = await pool.query<EvidenceLink>(
    `select ${COLUMNS} from evidence_links where token_hash = $1 and expires_at > $2`,
    [tokenHash, now],
  );
  return rows[0] ?? null;
}
