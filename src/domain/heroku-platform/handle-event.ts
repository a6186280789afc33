import type { PoolClient } from 'pg';
import { z } from 'zod';
import { removeMember } from '#src/domain/accounts/member-removal.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Dependencies } from './dependencies.ts';
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
 * Handles a webhook event of Heroku. Events come twice and in any order, so each only queues a sync. One exception: a
 * removed collaborator loses access at once, and the sync confirms it.
 */
export async function handleEvent(deps: Dependencies, resourceId: string, event: unknown): Promise<void> {
  await transaction(deps.pool, async (client) => {
    const left = collaboratorEvent.safeParse(event).data;
    if (left !== undefined) await removeFormerMember({ client, clock: deps.clock }, resourceId, left);
    await queueSync(client, deps, resourceId);
  });
}

/**
 * Only for the app that owns the resource: of an app that it is attached to, only a sync knows who else has access. The
 * resource is locked before its members, as deprovision does.
 */
async function removeFormerMember(
  { client, clock }: { client: PoolClient; clock: Clock },
  resourceId: string,
  { data: { app, user }, created_at: createdAt }: z.infer<typeof collaboratorEvent>,
): Promise<void> {
  const { rows } = await client.query<{ accountId: string }>(
    `select account_id as "accountId" from heroku_resources where id = $1 and app_id::text = $2 for update`,
    [resourceId, app.id],
  );
  const [resource] = rows;
  // An event without a time might be old, and the person might be back.
  if (resource === undefined || createdAt == null) return;
  await removeMember({ client, clock }, resource.accountId, {
    herokuUserId: user.id ?? null,
    email: user.email ?? null,
    // Heroku's times are in whole seconds.
    lostAt: new Date(Date.parse(createdAt) + 999),
  });
}
