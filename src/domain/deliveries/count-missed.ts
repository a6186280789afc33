import type { Pool } from 'pg';
import type { Missed } from './delivery.ts';

/** How much each of the endpoints missed, by endpoint, counted up to `upTo` each; one that missed nothing is absent. */
export async function countMissed(
  pool: Pool,
  { accountId, endpointIds }: { accountId: string; endpointIds: string[] },
  { upTo }: { upTo: number },
): Promise<Map<string, Missed>> {
  if (endpointIds.length === 0) return new Map();
  const { rows } = await pool.query<Missed & { endpointId: string }>(MISSED, [accountId, endpointIds, upTo]);
  return new Map(rows.map(({ endpointId, failed, held }) => [endpointId, { failed, held }]));
}

/** Reads the partial index `deliveries_missed`. */
const MISSED = `
  select shown.endpoint_id as "endpointId", missed.failed, missed.held
  from unnest($2::uuid[]) as shown(endpoint_id) cross join lateral (
    select count(*) filter (where state = 'failed')::int as failed,
      count(*) filter (where state = 'held')::int as held
    from (select state from deliveries
      where deliveries.account_id = $1 and deliveries.endpoint_id = shown.endpoint_id
        and state in ('failed', 'held') limit $3 offset 0) counted
  ) missed where missed.failed + missed.held > 0`;

/** Missed deliveries that are counted of messages of a time. */
const MAX_COUNTED = 20_000;

/** What the deliveries missed of messages that were accepted in a time. */
export interface MissedInTime extends Missed {
  /** Whether there are more. */
  isCut: boolean;
}

/** The missed deliveries of some apps' messages, from one id of a message on and before another. */
export async function countMissedOfMessages(
  pool: Pool,
  of: { accountId: string; appIds: string[]; fromId: string; beforeId: string },
): Promise<MissedInTime> {
  const { rows } = await pool.query<Missed>(MISSED_OF_MESSAGES, [
    of.accountId,
    of.appIds,
    of.fromId,
    of.beforeId,
    MAX_COUNTED + 1,
  ]);
  const { failed, held } = rows[0] ?? { failed: 0, held: 0 };
  return { failed, held, isCut: failed + held > MAX_COUNTED };
}

/** Reads the index `deliveries_app_state` of one app after the other. */
const MISSED_OF_MESSAGES = `
  select count(*) filter (where state = 'failed')::int as failed,
    count(*) filter (where state = 'held')::int as held
  from (
    select missed.state from unnest($2::uuid[]) as app(id) cross join lateral (
      select state from deliveries where deliveries.account_id = $1 and deliveries.app_id = app.id
        and state in ('failed', 'held') and message_id >= $3 and message_id < $4 offset 0
    ) missed limit $5
  ) counted`;
