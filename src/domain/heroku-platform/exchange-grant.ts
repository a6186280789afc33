import type { PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import { grantOwner, NO_CLIENT_SECRET } from './grants.ts';
import type { PlatformParts } from './parts.ts';
import { queueSync } from './queue-sync.ts';
import { requestTokens, type Tokens } from './token-endpoint.ts';
import { sealTokens } from './token-rows.ts';

/** An exchange takes time, and clocks differ: with less life left a code is not tried any more. */
const MARGIN_MS = 5000;

/**
 * The job that exchanges a grant for tokens. Throws to be tried again; ends by itself when the grant is too old. No
 * connection is held while Heroku is asked.
 *
 * A code works once. If this process dies between Heroku's answer and our commit, the tokens are lost: the next try is
 * refused, and the authorization has failed, which says so. Nothing else of the resource suffers, and a repeated
 * provision with a new code repairs it.
 */
export async function exchangeGrant(parts: PlatformParts, resourceId: string): Promise<void> {
  const { cipher, clock, heroku, caller, logger } = parts;
  const grant = await findGrant(parts, resourceId);
  if (grant === null) return;
  const { clientSecret, idUrl } = heroku;
  if (clientSecret === undefined)
    return end(parts, grant, { state: 'unconfigured', problem: NO_CLIENT_SECRET });
  if (grant.expiresAt.getTime() - MARGIN_MS <= clock.now()) {
    return end(parts, grant, { state: 'failed', problem: tooLate(grant) });
  }

  if (!(await begin(parts, grant))) throw new Error('The grant was replaced meanwhile');
  const code = cipher.decrypt(grant.sealed, grantOwner(resourceId));
  const outcome = await requestTokens(
    { caller, idUrl, clientSecret },
    { grant_type: 'authorization_code', code },
  );
  if (outcome.tokens !== undefined) {
    await keepTokens(parts, resourceId, outcome.tokens);
    logger.info({ resource: resourceId }, 'Heroku has authorized us for a resource');
  } else if (outcome.refused !== undefined) {
    await end(parts, grant, { state: 'failed', problem: refusal(grant, outcome.refused) });
  } else {
    await noteTrouble(parts, grant, outcome.trouble);
    throw new Error(`A grant could not be exchanged: ${outcome.trouble}`);
  }
}

interface WaitingGrant {
  resourceId: string;
  hash: Buffer;
  sealed: Buffer;
  expiresAt: Date;
  begunAt: Date | null;
  problem: string | null;
}

async function findGrant({ pool }: PlatformParts, resourceId: string): Promise<WaitingGrant | null> {
  const { rows } = await pool.query<WaitingGrant>(
    `select resource_id as "resourceId", grant_hash as hash, grant_encrypted as sealed, grant_expires_at as "expiresAt",
       exchange_begun_at as "begunAt", problem
     from heroku_authorizations where resource_id = $1 and state = 'pending'`,
    [resourceId],
  );
  return rows[0] ?? null;
}

/** A repeated provision may put another code in the place of one that is being exchanged. */
const STILL_THIS = `resource_id = $1 and grant_hash = $2 and state = 'pending'`;

async function begin({ pool, clock }: PlatformParts, { resourceId, hash }: WaitingGrant): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update heroku_authorizations set exchange_begun_at = $3 where ${STILL_THIS}`,
    [resourceId, hash, new Date(clock.now())],
  );
  return rowCount === 1;
}

async function noteTrouble({ pool }: PlatformParts, { resourceId, hash }: WaitingGrant, trouble: string) {
  await pool.query(`update heroku_authorizations set problem = $3 where ${STILL_THIS}`, [
    resourceId,
    hash,
    trouble,
  ]);
}

interface Ending {
  state: 'failed' | 'unconfigured';
  problem: string;
}

async function end(
  { pool, logger }: PlatformParts,
  grant: WaitingGrant,
  { state, problem }: Ending,
): Promise<void> {
  const { rowCount } = await pool.query(
    `update heroku_authorizations
     set state = $3, problem = $4, grant_encrypted = null, grant_expires_at = null where ${STILL_THIS}`,
    [grant.resourceId, grant.hash, state, problem],
  );
  if (rowCount !== 1) throw new Error('The grant was replaced meanwhile');
  logger.warn({ resource: grant.resourceId, state, problem }, 'Heroku has not authorized us for a resource');
}

function tooLate({ begunAt, problem }: WaitingGrant): string {
  if (begunAt === null)
    return 'The grant had expired before it could be exchanged; it lives for five minutes.';
  return `The grant expired before Heroku took it. The last try: ${problem ?? 'it did not end.'}`;
}

function refusal({ begunAt }: WaitingGrant, refused: string): string {
  if (begunAt === null) return `${refused}: the code is wrong, was used, or has expired.`;
  return `${refused}, after a try whose answer did not reach us: that try has probably used up the code.`;
}

/** Whichever code they came for: tokens are tokens. Nothing is kept of a resource that is gone. */
async function keepTokens(parts: PlatformParts, resourceId: string, tokens: Tokens): Promise<void> {
  const { refreshToken } = tokens;
  if (refreshToken === undefined) throw new Error('Heroku gave no refresh token');
  await transaction(parts.pool, async (client) => {
    // Before the authorization, as whoever provisions or removes the resource: of two that wait for each other PostgreSQL
    // would end one, and with it the tokens.
    await client.query('select from heroku_resources where id = $1 for update', [resourceId]);
    const sealed = sealTokens(parts, resourceId, { ...tokens, refreshToken });
    const { rowCount } = await client.query(
      `update heroku_authorizations
       set state = 'authorized', problem = null, grant_encrypted = null, grant_expires_at = null,
         access_token_encrypted = $2, refresh_token_encrypted = $3, access_expires_at = $4, version = version + 1,
         authorized_at = $5
       where resource_id = $1 and state <> 'authorized'`,
      [resourceId, sealed.accessToken, sealed.refreshToken, sealed.expiresAt, new Date(parts.clock.now())],
    );
    if (rowCount === 1) await continueWith(client, parts, resourceId);
  });
}

/** What had to wait for the tokens: names, people, webhooks; and a key that was rotated meanwhile. */
async function continueWith(client: PoolClient, parts: PlatformParts, resourceId: string): Promise<void> {
  await queueSync(client, parts, resourceId);
  const { rowCount } = await client.query(
    `select from heroku_resources join api_keys on api_keys.account_id = heroku_resources.account_id
       and api_keys.generation = heroku_resources.key_generation
     where heroku_resources.id = $1 and config_updated_at is null`,
    [resourceId],
  );
  if (rowCount !== 0) await parts.sendJob('heroku-config', { resourceId }, { client });
}
