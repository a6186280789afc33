import type { Pool } from 'pg';
import type { Cipher } from '#src/infra/lib/encryption.ts';

export const secretOwner = (resourceId: string) => `heroku-webhook-secret:${resourceId}`;
export const authorizationOwner = (resourceId: string) => `heroku-webhook-authorization:${resourceId}`;

/** What proves that an event of a resource comes from Heroku. */
export interface WebhookProof {
  secret: string;
  authorization: string;
}

/** `gone`: the resource was deprovisioned. Null: there is no such resource, or no subscription. */
export async function findWebhookProof(
  { pool, cipher }: { pool: Pool; cipher: Cipher },
  resourceId: string,
): Promise<WebhookProof | 'gone' | null> {
  const { rows } = await pool.query<{ isGone: boolean; secret: Buffer | null; authorization: Buffer | null }>(
    `select deprovisioned_at is not null as "isGone", secret_encrypted as secret,
       authorization_encrypted as authorization
     from heroku_resources left join heroku_webhooks on resource_id = id where id = $1`,
    [resourceId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  if (row.isGone) return 'gone';
  if (row.secret === null || row.authorization === null) return null;
  return {
    secret: cipher.decrypt(row.secret, secretOwner(resourceId)),
    authorization: cipher.decrypt(row.authorization, authorizationOwner(resourceId)),
  };
}
