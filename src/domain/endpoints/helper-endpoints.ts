import type { Pool } from 'pg';
import { PROVIDERS } from '#src/domain/announcements/providers-app.ts';

// Which endpoints post to a Hook Helper: those of its account whose URL has its token, and those that are told what
// happens in the account.

/** In the words of the index `endpoints_hook_helper`. */
const TOKEN = `substring(e.url from '/r/([A-Za-z0-9_-]{20})')`;
const POSTS_TO_ONE = `e.url ~ '/r/[A-Za-z0-9_-]{20}' and (e.account_id = $1 or (e.account_id = $3
  and exists (select from subscriptions s where s.account_id = $3 and s.id = e.subscription_id and s.uid = $1::text)))`;

/** So many endpoints are looked at for one Hook Helper. */
const MAX_POSTING = 10;
/** For the list of Hook Helpers. */
const MAX_LISTED = 200;

export interface PostingEndpoint {
  id: string;
  token: string;
  url: string;
  /** Null: the account's own endpoint, which is told what happens in it. */
  appId: string | null;
  subscriptionName: string;
}

/** The endpoints that post to the Hook Helpers with these tokens, oldest first. */
export async function endpointsPostingTo(
  pool: Pool,
  accountId: string,
  tokens: string[],
): Promise<PostingEndpoint[]> {
  const { rows } = await pool.query<PostingEndpoint>(
    `select e.id, ${TOKEN} as token, e.url, case when e.account_id = $1 then e.app_id end as "appId",
       of.name as "subscriptionName"
     from endpoints e join subscriptions of on of.account_id = e.account_id and of.id = e.subscription_id
     where e.account_id in ($1, $3) and ${TOKEN} = any($2) and ${POSTS_TO_ONE}
     order by e.id limit ${String(MAX_LISTED)}`,
    [accountId, tokens, PROVIDERS.accountId],
  );
  return rows;
}

export interface SealedEndpoint {
  id: string;
  headerPrefix: string | null;
  sealed: Buffer;
  /** Of the secrets before, those that still sign, newest first. */
  previous: Buffer[];
}

/**
 * The newest {@link MAX_POSTING} endpoints that post to the Hook Helper with this token, with their live secrets, and
 * whether there are more.
 */
export async function sealedSecretsAt(
  pool: Pool,
  { accountId, token, at }: { accountId: string; token: string; at: Date },
): Promise<{ endpoints: SealedEndpoint[]; isCut: boolean }> {
  const { rows } = await pool.query<SealedEndpoint>(
    `select e.id, apps.header_prefix as "headerPrefix", e.secret_encrypted as sealed,
       array(select s.secret_encrypted from endpoint_secrets s where s.account_id = e.account_id
         and s.app_id = e.app_id and s.endpoint_id = e.id and s.expires_at > $4 order by s.id desc) as previous
     from endpoints e join apps on apps.account_id = e.account_id and apps.id = e.app_id
     where e.account_id in ($1, $3) and ${TOKEN} = $2 and ${POSTS_TO_ONE}
     order by e.id desc limit ${String(MAX_POSTING + 1)}`,
    [accountId, token, PROVIDERS.accountId, at],
  );
  return { endpoints: rows.slice(0, MAX_POSTING), isCut: rows.length > MAX_POSTING };
}
