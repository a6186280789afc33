import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { TestServer } from './server.ts';
import { EVENT_TYPE } from './subscribed-app.ts';

const AGO_MS = 60_000;

/** Writes `count` deliveries of a minute ago that were held for the app's endpoint, quickly. */
export async function addHeldDeliveries(
  { container: { pool } }: TestServer,
  { app, endpoint }: { app: { id: string; accountId: string }; endpoint: { id: string } },
  count: number,
): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => uuidv7(Date.now() - AGO_MS + index));
  await pool.query(
    `with held as (
       insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
       select $1, $2, id, $3, 'held', 0 from unnest($4::uuid[]) id
     )
     insert into messages (account_id, app_id, id, event_type, version, override_payload, endpoint_ids,
       deliveries_count, data, routing_revision)
     select $1, $2, id, $5, '1.0', true, '{}', 1, '{}', (select revision from apps where id = $2)
     from unnest($4::uuid[]) id`,
    [app.accountId, app.id, endpoint.id, ids, EVENT_TYPE],
  );
}
