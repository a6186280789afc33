import type { PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import { grantOwner, NO_CLIENT_SECRET } from './keep-grant.ts';
import type { Dependencies } from './dependencies.ts';
import { queueSync } from './queue-sync.ts';
import { requestTokens, type Tokens } from './token-endpoint.ts';
import { sealTokens } from './token-rows.ts';

/** A code that expires sooner is not tried any more, because an exchange takes time and clocks differ. */
const MARGIN_MS = 5000;

/**
 * The job that exchanges a grant for tokens. Throws when it is to be retried; returns once the grant has expired. No
 * database connection is held during the request to Heroku.
 *
 * A code works once. If this process dies between Heroku's answer and our commit, the tokens are lost: the retry is
 * refused, and the authorization fails with that reason. Nothing else of the resource is affected, and a repeated
 * provision with a new code repairs it.
 */
export async function exchangeGrant(deps: Dependencies, resourceId: string): Promise<void> {
  const { cipher, clock, heroku, caller, logger } = deps;
  const grant = await findGrant(deps, resourceId);
  if (grant === null) return;
  const { clientSecret, idUrl } = heroku;
  if (clientSecret === undefined)
    return endGrant(deps, grant, { state: 'unconfigured', problem: NO_CLIENT_SECRET });
  if (grant.expiresAt.getTime() - MARGIN_MS <= clock.now()) {
    return endGrant(deps, grant, { state: 'failed', problem: expiryProblem(grant) });
  }

  if (!(await beginExchange(deps, grant))) throw new Error('The grant was replaced meanwhile');
  const code = cipher.decrypt(grant.sealed, grantOwner(resourceId));
  const outcome = await requestTokens(
    { caller, idUrl, clientSecret },
    { grant_type: 'authorization_code', code },
  );
  if (outcome.tokens !== undefined) {
    await storeTokens(deps, resourceId, outcome.tokens);
    logger.info({ resource: resourceId }, 'Heroku has authorized us for a resource');
  } else if (outcome.refused !== undefined) {
    await endGrant(deps, grant, { state: 'failed', problem: refusalProblem(grant, outcome.refused) });
  } else {
    await saveProblem(deps, grant, outcome.unavailable);
    throw new Error(`A grant could not be exchanged: ${outcome.unavailable}`);
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

async function findGrant({ pool }: Dependencies, resourceId: string): Promise<WaitingGrant | null> {
  const { rows } = await pool.query<WaitingGrant>(
    `select resource_id as "resourceId", grant_hash as hash, grant_encrypted as sealed, grant_expires_at as "expiresAt",
       exchange_begun_at as "begunAt", problem
     from heroku_authorizations where resource_id = $1 and state = 'pending'`,
    [resourceId],
  );
  return rows[0] ?? null;
}

/** A repeated provision may replace the code that is being exchanged. */
const STILL_THIS = `resource_id = $1 and grant_hash = $2 and state = 'pending'`;

async function beginExchange(
  { pool, clock }: Dependencies,
  { resourceId, hash }: WaitingGrant,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update heroku_authorizations set exchange_begun_at = $3 where ${STILL_THIS}`,
    [resourceId, hash, new Date(clock.now())],
  );
  return rowCount === 1;
}

async function saveProblem({ pool }: Dependencies, { resourceId, hash }: WaitingGrant, problem: string) {
  await pool.query(`update heroku_authorizations set problem = $3 where ${STILL_THIS}`, [
    resourceId,
    hash,
    problem,
  ]);
}

interface Ending {
  state: 'failed' | 'unconfigured';
  problem: string;
}

async function endGrant(
  { pool, logger }: Dependencies,
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

function expiryProblem({ begunAt, problem }: WaitingGrant): string {
  if (begunAt === null)
    return 'The grant had expired before it could be exchanged; it lives for five minutes.';
  return `The grant expired before Heroku took it. The last try: ${problem ?? 'it did not end.'}`;
}

function refusalProblem({ begunAt }: WaitingGrant, refused: string): string {
  if (begunAt === null) return `${refused}: the code is wrong, was used, or has expired.`;
  return `${refused}, after a try whose answer did not reach us: that try has probably used up the code.`;
}

/** Stores the tokens even when the code was replaced meanwhile, because tokens of any code work. */
async function storeTokens(deps: Dependencies, resourceId: string, tokens: Tokens): Promise<void> {
  const { refreshToken } = tokens;
  if (refreshToken === undefined) throw new Error('Heroku gave no refresh token');
  await transaction(deps.pool, async (client) => {
    // The resource is locked before its authorization, as provision and deprovision do: in a deadlock PostgreSQL would
    // abort one of the two, and the tokens would be lost with it.
    await client.query('select from heroku_resources where id = $1 for update', [resourceId]);
    const sealed = sealTokens(deps, resourceId, { ...tokens, refreshToken });
    const { rowCount } = await client.query(
      `update heroku_authorizations
       set state = 'authorized', problem = null, grant_encrypted = null, grant_expires_at = null,
         access_token_encrypted = $2, refresh_token_encrypted = $3, access_expires_at = $4, version = version + 1,
         authorized_at = $5
       where resource_id = $1 and state <> 'authorized'`,
      [resourceId, sealed.accessToken, sealed.refreshToken, sealed.expiresAt, new Date(deps.clock.now())],
    );
    if (rowCount === 1) await queueFollowUps(client, deps, resourceId);
  });
}

/** Queues what needed the tokens: the sync, and the config update of a key that was rotated meanwhile. */
async function queueFollowUps(client: PoolClient, deps: Dependencies, resourceId: string): Promise<void> {
  await queueSync(client, deps, resourceId);
  const { rowCount } = await client.query(
    `select from heroku_resources join api_keys on api_keys.account_id = heroku_resources.account_id
       and api_keys.generation = heroku_resources.key_generation
     where heroku_resources.id = $1 and config_updated_at is null`,
    [resourceId],
  );
  if (rowCount !== 0) await deps.sendJob('heroku-config', { resourceId }, { client });
}
