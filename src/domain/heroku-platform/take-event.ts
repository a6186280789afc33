import type { PoolClient } from 'pg';
import { z } from 'zod';
import { removeMember } from '#src/domain/accounts/member-removal.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { PlatformParts } from './parts.ts';
import { queueSync } from './queue-sync.ts';

const collaboratorEvent = z.object({
  resource: z.literal('collaborator'),
  action: z.literal('destroy'),
  data: z.object({
    app: z.object({ id: z.string() }),
    user: z.object({ id: z.string().nullish(), email: z.string().nullish() }),
  }),
  created_at: z.iso.datetime({ offset: true }).nullish(),
});

/**
 * Takes an event that Heroku has signed. They come twice and in any order, so each is but a hint to look for oneself;
 * except that somebody left, which takes effect at once and is confirmed by the look.
 */
export async function takeEvent(parts: PlatformParts, resourceId: string, event: unknown): Promise<void> {
  await transaction(parts.pool, async (client) => {
    const left = collaboratorEvent.safeParse(event).data;
    if (left !== undefined) await removeWhoLeft(client, resourceId, left);
    await queueSync(client, parts, resourceId);
  });
}

/** The resource is locked before its members, as when it is removed. Only of the app that owns the resource: of another, to which it is attached, we know too little without looking. */
async function removeWhoLeft(
  client: PoolClient,
  resourceId: string,
  { data: { app, user }, created_at: createdAt }: z.infer<typeof collaboratorEvent>,
): Promise<void> {
  const { rows } = await client.query<{ accountId: string }>(
    `select account_id as "accountId" from heroku_resources where id = $1 and app_id::text = $2 for update`,
    [resourceId, app.id],
  );
  const [resource] = rows;
  // Without its time it might be an old one, of somebody who is back.
  if (resource === undefined || createdAt == null) return;
  await removeMember(client, resource.accountId, {
    herokuUserId: user.id ?? null,
    email: user.email ?? null,
    // Heroku writes whole seconds.
    lostAt: new Date(Date.parse(createdAt) + 999),
  });
}
