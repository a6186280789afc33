import type { Pool } from 'pg';
import type { Message } from '#src/domain/messages/message.ts';
import type { Attempt } from './attempt.ts';
import { ATTEMPTED_AT } from './attempt-rows.ts';

/** The latest attempt of a delivery, as a row of another table shows it. */
export type LatestAttempt = Pick<Attempt, 'attemptedAt' | 'endpointId' | 'id' | 'outcome' | 'statusCode'>;

/** The latest attempt of each delivery of the message to these endpoints, by endpoint: one step in an index each. */
export async function latestOfDeliveries(
  pool: Pool,
  { accountId, id }: Pick<Message, 'accountId' | 'id'>,
  endpointIds: string[],
): Promise<Map<string, LatestAttempt>> {
  if (endpointIds.length === 0) return new Map();
  const { rows } = await pool.query<LatestAttempt>(LATEST, [accountId, id, endpointIds]);
  return new Map(rows.map((row) => [row.endpointId, row]));
}

const LATEST = `
  select latest.* from unnest($3::uuid[]) as shown(endpoint_id) cross join lateral (
    select id, endpoint_id as "endpointId", ${ATTEMPTED_AT} as "attemptedAt", status_code as "statusCode",
      coalesce(outcome, 'status') as outcome
    from attempts where attempts.account_id = $1 and attempts.message_id = $2
      and attempts.endpoint_id = shown.endpoint_id
    order by id desc limit 1 offset 0
  ) latest`;
