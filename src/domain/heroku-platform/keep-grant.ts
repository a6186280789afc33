import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import type { SendJob } from '#src/infra/queue/jobs.ts';
import { readGrant } from './read-grant.ts';

interface Dependencies {
  cipher: Cipher;
  clock: Clock;
  sendJob: SendJob;
  canExchange: boolean;
}

interface Provisioned {
  resourceId: string;
  accountId: string;
  /** `oauth_grant` as Heroku sent it. */
  grant: unknown;
}

/**
 * Stores the grant of a provision, sealed, and queues its exchange in the transaction of the provision. Heroku repeats
 * provisions: tokens stay, the same pending grant is not queued again, and a failed grant is replaced by a new one.
 */
export async function keepGrant(
  client: PoolClient,
  deps: Dependencies,
  provisioned: Provisioned,
): Promise<void> {
  const grant = readGrant(provisioned.grant, deps.clock.now());
  if (grant === null) return;
  if (grant === 'unreadable') {
    await insertUnusable(client, provisioned, { state: 'failed', problem: UNREADABLE });
  } else if (!deps.canExchange) {
    await insertUnusable(client, provisioned, { state: 'unconfigured', problem: NO_CLIENT_SECRET });
  } else {
    const { resourceId } = provisioned;
    const { rowCount } = await client.query(UPSERT, [
      resourceId,
      provisioned.accountId,
      hashOf(grant.code),
      deps.cipher.encrypt(grant.code, grantOwner(resourceId)),
      new Date(grant.expiresAtMs),
      new Date(deps.clock.now()),
    ]);
    if (rowCount === 1) await deps.sendJob('heroku-authorization', { resourceId }, { client });
  }
}

export const NO_CLIENT_SECRET = 'HostedHooks has no client secret for Heroku configured.';
const UNREADABLE = 'The grant that Heroku sent could not be read.';

/** The name that the sealed code is bound to. */
export function grantOwner(resourceId: string): string {
  return `heroku-grant:${resourceId}`;
}

/** A new code replaces a pending one, because Heroku surely knows the newest. */
const UPSERT = `insert into heroku_authorizations as kept
    (resource_id, account_id, state, grant_hash, grant_encrypted, grant_expires_at, created_at)
  values ($1, $2, 'pending', $3, $4, $5, $6)
  on conflict (resource_id) do update
  set state = 'pending', problem = null, grant_hash = excluded.grant_hash, grant_encrypted = excluded.grant_encrypted,
    grant_expires_at = excluded.grant_expires_at, exchange_begun_at = null
  where kept.state <> 'authorized' and kept.grant_hash is distinct from excluded.grant_hash`;

async function insertUnusable(
  client: PoolClient,
  { resourceId, accountId }: Provisioned,
  { state, problem }: { state: 'failed' | 'unconfigured'; problem: string },
): Promise<void> {
  await client.query(
    `insert into heroku_authorizations (resource_id, account_id, state, problem) values ($1, $2, $3, $4)
     on conflict (resource_id) do nothing`,
    [resourceId, accountId, state, problem],
  );
}

function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
