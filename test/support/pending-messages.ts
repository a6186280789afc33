import { transaction } from '#src/infra/database/transaction.ts';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { MAX_REFS_PER_JOB } from '#src/infra/queue/jobs.ts';
import type { TestServer } from './server.ts';
import { EVENT_TYPE, type SubscribedApp } from './subscribed-app.ts';

interface Pending {
  count: number;
  body?: string;
}

const AGO_MS = 60_000;

/** Writes messages of a minute ago to the app's endpoint with their jobs, as web does while no worker runs; quickly. */
export async function addPendingMessages(
  { container: { pool, queue } }: TestServer,
  { app, endpoint }: SubscribedApp,
  { count, body = '{}' }: Pending,
): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => uuidv7(Date.now() - AGO_MS + (index % 1000)));
  await pool.query(
    `insert into messages (account_id, app_id, id, event_type, version, override_payload, endpoint_ids,
       deliveries_count, data, routing_revision)
     select $1, $2, id, $3, '1.0', true, array[$4::uuid], 1, $5, (select revision from apps where id = $2)
     from unnest($6::uuid[]) id`,
    [app.accountId, app.id, EVENT_TYPE, endpoint.id, body, ids],
  );
  const jobs = chunksOf(ids, MAX_REFS_PER_JOB).map((messageIds) => ({
    id: uuidv7(Date.now()),
    data: { messages: [{ accountId: app.accountId, appId: app.id, messageIds }] },
    startAfterSeconds: -AGO_MS / 1000,
  }));
  await transaction(pool, (client) => queue.insert('deliver', jobs, client));
}
