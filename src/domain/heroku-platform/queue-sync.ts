import type { PoolClient } from 'pg';
import type { SendJob } from '#src/infra/queue/jobs.ts';

/** Queues a sync of the resource's names and people, unless one is queued already. */
export async function queueSync(
  client: PoolClient,
  { sendJob }: { sendJob: SendJob },
  resourceId: string,
): Promise<void> {
  const { rowCount } = await client.query(
    `update heroku_resources set is_sync_queued = true
     where id = $1 and account_id is not null and not is_sync_queued`,
    [resourceId],
  );
  if (rowCount === 1) await sendJob('heroku-sync', { resourceId }, { client });
}
