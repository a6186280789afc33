import { randomUUID } from 'node:crypto';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { TestServer } from './server.ts';

const MOST_REPLAYS = 10;
/** With so many that wait for their first attempt, a replay of the endpoint schedules no more. */
const UNATTEMPTED = 600;
const HOUR_MS = 3_600_000;

/** As if the account had as many replays by filter under way as it may, at an endpoint that takes nothing. By SQL. */
export async function useUpReplays(server: TestServer, accountId: string, appId: string): Promise<void> {
  const endpointId = randomUUID();
  const { pool } = server.container;
  const nowMs = Date.now();
  const messages = Array.from({ length: UNATTEMPTED }, () => uuidv7(nowMs));
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at)
     select $1, $2, id, $3, 'scheduled', 0, $5 from unnest($4::uuid[]) id`,
    [accountId, appId, endpointId, messages, new Date(nowMs + HOUR_MS)],
  );
  await pool.query(
    `insert into replays (account_id, app_id, endpoint_id, id, status, app_replay_id, states, from_message_id,
       to_message_id, total)
     select $1, $2, $3, x.id, x.status, x.of, '{failed}', $4, $5, 1
     from json_to_recordset($6) as x(id uuid, status text, of uuid)`,
    [
      accountId,
      appId,
      endpointId,
      messages[0],
      messages.at(-1),
      JSON.stringify(
        Array.from({ length: MOST_REPLAYS }, (_, index) => ({
          id: uuidv7(nowMs),
          status: index === 0 ? 'running' : 'queued',
          of: randomUUID(),
        })),
      ),
    ],
  );
}
