import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { PlatformParts } from './parts.ts';
import { callPlatform, listPlatform } from './platform-api.ts';
import { PlatformRefused } from './platform-errors.ts';
import { authorizationOwner, secretOwner } from './webhook-rows.ts';

/** What we want to be told of. */
const INCLUDE = ['api:addon', 'api:addon-attachment', 'api:app', 'api:collaborator'];

const subscriptions = z.array(z.object({ id: z.string(), url: z.string() }));

/**
 * Subscribes to Heroku's webhooks once for each resource. The secret is ours and written before Heroku hears it, so that a
 * run that died in between is continued: its subscription is found by our address, and verified by the same secret.
 */
export async function subscribeToWebhooks(
  parts: PlatformParts,
  { resourceId, accountId }: { resourceId: string; accountId: string },
): Promise<void> {
  const url = `${parts.baseUrl}/heroku/webhooks/${resourceId}`;
  const kept = await keepSecrets(parts, { resourceId, accountId });
  if (kept === null || kept.url === url) return;
  try {
    if (!(await clearOthers(parts, resourceId, url))) {
      await callPlatform(parts, resourceId, {
        method: 'POST',
        path: `/addons/${resourceId}/webhooks`,
        // `sync`: repeated until we have answered. `notify` would be lost with one restart of ours.
        body: {
          include: INCLUDE,
          level: 'sync',
          url,
          secret: kept.secret,
          authorization: kept.authorization,
        },
      });
    }
  } catch (error) {
    // Without them names are as of the last sign-on; that is no reason not to read them now.
    if (!(error instanceof PlatformRefused) || error.status === null || error.status === 401) throw error;
    parts.logger.warn(
      { resource: resourceId, reason: error.message },
      'Heroku takes no webhook subscription',
    );
    return;
  }
  await parts.pool.query('update heroku_webhooks set url = $2 where resource_id = $1', [resourceId, url]);
}

interface Kept {
  secret: string;
  authorization: string;
  url: string | null;
}

/** Null when the resource is gone. */
async function keepSecrets(
  { pool, cipher }: PlatformParts,
  { resourceId, accountId }: { resourceId: string; accountId: string },
): Promise<Kept | null> {
  await pool.query(
    `insert into heroku_webhooks (resource_id, account_id, secret_encrypted, authorization_encrypted)
     select $1, $2, $3, $4 from heroku_resources where id = $1 and account_id = $2
     on conflict (resource_id) do nothing`,
    [
      resourceId,
      accountId,
      cipher.encrypt(randomBytes(32).toString('base64url'), secretOwner(resourceId)),
      cipher.encrypt(`Bearer ${randomBytes(32).toString('base64url')}`, authorizationOwner(resourceId)),
    ],
  );
  const { rows } = await pool.query<{ secret: Buffer; authorization: Buffer; url: string | null }>(
    `select secret_encrypted as secret, authorization_encrypted as authorization, url
     from heroku_webhooks where resource_id = $1`,
    [resourceId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    secret: cipher.decrypt(row.secret, secretOwner(resourceId)),
    authorization: cipher.decrypt(row.authorization, authorizationOwner(resourceId)),
    url: row.url,
  };
}

/** Removes subscriptions of ours to where we were before. Answers whether there is one to where we are. */
async function clearOthers(parts: PlatformParts, resourceId: string, url: string): Promise<boolean> {
  const path = `/addons/${resourceId}/webhooks`;
  const there = subscriptions.parse(await listPlatform(parts, resourceId, path));
  for (const { id, url: other } of there) {
    if (other === url || !other.endsWith(`/heroku/webhooks/${resourceId}`)) continue;
    await callPlatform(parts, resourceId, { method: 'DELETE', path: `${path}/${encodeURIComponent(id)}` });
  }
  return there.some(({ url: other }) => other === url);
}
