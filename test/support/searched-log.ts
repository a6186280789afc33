import type { Pool } from 'pg';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { EVENT_TYPE, type SubscribedApp } from './subscribed-app.ts';

export interface LoggedMessage {
  id: string;
  data: string;
  eventId?: string;
}

export interface LoggedAttempt {
  id: string;
  messageId: string;
  succeeded: boolean;
  statusCode: number | null;
  responseBody: string | null;
}

type Owner = Pick<SubscribedApp, 'app' | 'endpoint' | 'subscription'>;

/** Ids of times that lie `ageMs` back, one of each millisecond. */
export const idsSince = (ageMs: number, count: number, nowMs = Date.now()) =>
  Array.from({ length: count }, (_, index) => uuidv7(nowMs - ageMs + index));

/** Writes messages as if they had been accepted at the times of their ids. */
export async function addMessages(
  pool: Pool,
  { app, endpoint }: Owner,
  messages: LoggedMessage[],
): Promise<void> {
  await pool.query(
    `insert into messages (account_id, app_id, id, event_type, version, event_id, override_payload, endpoint_ids,
       deliveries_count, data, routing_revision)
     select $1, $2, id, $3, '1.0', "eventId", true, array[$4::uuid], 1, data, 1
     from json_to_recordset($5) as x(id uuid, "eventId" text, data text)`,
    [app.accountId, app.id, EVENT_TYPE, endpoint.id, JSON.stringify(messages)],
  );
}

/** Writes attempts as if they had ended at the times of their ids. */
export async function addAttempts(
  pool: Pool,
  { app, endpoint, subscription }: Owner,
  attempts: LoggedAttempt[],
): Promise<void> {
  await pool.query(
    `insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, event_type, attempt_number,
       succeeded, duration_ms, status_code, response_body)
     select $1, $2, id, "messageId", $3, $4, $5, 1, succeeded, 5, "statusCode", "responseBody"
     from json_to_recordset($6) as x(id uuid, "messageId" uuid, succeeded boolean, "statusCode" smallint,
       "responseBody" text)`,
    [app.accountId, app.id, endpoint.id, subscription.id, EVENT_TYPE, JSON.stringify(attempts)],
  );
}
