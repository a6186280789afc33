import type { Pool } from 'pg';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { EVENT_TYPE, type SubscribedApp } from './subscribed-app.ts';

const DAY_MS = 86_400_000;

interface Past {
  daysAgo: number;
  count?: number;
  eventId?: string;
  deliverAt?: Date;
  /** Of the delivery's row; without one it was delivered at its first attempt. `pending`: neither row nor attempt. */
  state?: 'pending' | 'delivered' | 'scheduled' | 'failed' | 'held' | 'discarded';
}

/** Messages to the app's endpoint as they were left days ago, each with an attempt of a second later; their ids. */
export async function addPast(
  pool: Pool,
  { app, endpoint, subscription }: Pick<SubscribedApp, 'app' | 'endpoint' | 'subscription'>,
  { daysAgo, count = 1, eventId, deliverAt, state }: Past,
): Promise<string[]> {
  const startMs = Date.now() - daysAgo * DAY_MS;
  const ids = Array.from({ length: count }, (_, index) => uuidv7(startMs + index));
  const attemptIds = ids.map((_, index) => uuidv7(startMs + index + 1000));
  const owner = [app.accountId, app.id];
  await pool.query(
    `insert into messages (account_id, app_id, id, event_type, version, event_id, override_payload, endpoint_ids,
       deliveries_count, deliver_at, data, routing_revision)
     select $1, $2, id, $3, '1.0', $4, true, array[$5::uuid], 1, $6, '{}', (select revision from apps where id = $2)
     from unnest($7::uuid[]) id`,
    [...owner, EVENT_TYPE, eventId ?? null, endpoint.id, deliverAt ?? null, ids],
  );
  if (eventId !== undefined) {
    await pool.query('insert into message_event_ids values ($1, $2, $3, $4)', [...owner, eventId, ids[0]]);
  }
  if (state !== 'pending') {
    await pool.query(
      `insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, event_type, attempt_number,
         succeeded, duration_ms)
       select $1, $2, id, message_id, $3, $4, $5, 1, $6, 5 from unnest($7::uuid[], $8::uuid[]) past(id, message_id)`,
      [...owner, endpoint.id, subscription.id, EVENT_TYPE, state === undefined, attemptIds, ids],
    );
  }
  if (state !== undefined && state !== 'pending') {
    await pool.query(
      `insert into deliveries select $1, $2, id, $3, $4, 1, case $4 when 'scheduled' then now() end
       from unnest($5::uuid[]) id`,
      [...owner, endpoint.id, state, ids],
    );
  }
  return ids;
}
