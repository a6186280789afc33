import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Dependencies } from './dependencies.ts';
import { callPlatform, listPlatform } from './platform-api.ts';
import { PlatformRefused } from './platform-errors.ts';
import { authorizationOwner, secretOwner } from './webhook-rows.ts';

/** Heroku's event types that may change a resource's names or people. */
const EVENTS = ['api:addon', 'api:addon-attachment', 'api:app', 'api:collaborator'];

const subscriptions = z.array(z.object({ id: z.string(), url: z.string() }));

/**
 * Subscribes to Heroku's webhooks once for each resource. Our secret is stored before Heroku gets it, so that a crash
 * between the two is repaired by the next run: it finds the subscription by our URL, and the same secret verifies it.
 */
export async function subscribeToWebhooks(
  deps: Dependencies,
  { resourceId, accountId }: { resourceId: string; accountId: string },
): Promise<void> {
  const url = `${deps.baseUrl}/heroku/webhooks/${resourceId}`;
  const kept = await findOrCreateSecrets(deps, { resourceId, accountId });
  if (kept === null || kept.url === url) return;
  try {
    if (!(await removeStaleSubscriptions(deps, resourceId, url))) {
      await callPlatform(deps, resourceId, {
        method: 'POST',
        path: `/addons/${resourceId}/webhooks`,
        // Heroku retries events of level `sync` until we answer; a `notify` is lost while we restart.
        body: {
          include: EVENTS,
          level: 'sync',
          url,
          secret: kept.secret,
          authorization: kept.authorization,
        },
      });
    }
  } catch (error) {
    // Without webhooks the names are as of the last sign-on. The sync goes on, and reads them now.
    if (!(error instanceof PlatformRefused) || error.status === null || error.status === 401) throw error;
    deps.logger.warn({ resource: resourceId, reason: error.message }, 'Heroku takes no webhook subscription');
    return;
  }
  await deps.pool.query('update heroku_webhooks set url = $2 where resource_id = $1', [resourceId, url]);
}

interface Webhook {
  secret: string;
  authorization: string;
  url: string | null;
}

/** Null when the resource is gone. */
async function findOrCreateSecrets(
  { pool, cipher }: Dependencies,
  { resourceId, accountId }: { resourceId: string; accountId: string },
): Promise<Webhook | null> {
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

/** Removes our subscriptions with another origin. Answers whether there is one with `url`. */
async function removeStaleSubscriptions(
  deps: Dependencies,
  resourceId: string,
  url: string,
): Promise<boolean> {
  const path = `/addons/${resourceId}/webhooks`;
  const there = subscriptions.parse(await listPlatform(deps, resourceId, path));
  for (const { id, url: other } of there) {
    if (other === url || !other.endsWith(`/heroku/webhooks/${resourceId}`)) continue;
    await callPlatform(deps, resourceId, { method: 'DELETE', path: `${path}/${encodeURIComponent(id)}` });
  }
  return there.some(({ url: other }) => other === url);
}
