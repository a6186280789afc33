import type { Pool } from 'pg';
import type { FoundDelivery } from './count-matching.ts';
import { IS_MATCH, lookedSql, valuesOf } from './matching-sql.ts';
import type { AppReplayFilter } from './replay.ts';

/** Deliveries that are looked at, and newer messages for each key of an endpoint. */
const MAX_LOOKED = 20_000;
const MAX_NEWER = 20;

/**
 * How many of the deliveries that a replay would send have a newer message with their `coalesce_key` at the same
 * endpoint, one that coalesces: the receiver gets the older state after the newer one. `found`: the deliveries, when
 * they are known.
 */
export async function countSuperseded(
  pool: Pool,
  app: { accountId: string; id: string },
  { filter, found }: { filter: AppReplayFilter; found: FoundDelivery[] | null },
): Promise<number> {
  const { rows } = await (found === null
    ? pool.query<{ superseded: number }>(OF_FILTER, [...valuesOf(app, filter), MAX_LOOKED])
    : pool.query<{ superseded: number }>(OF_FOUND, [app.accountId, app.id, JSON.stringify(found)]));
  return rows[0]?.superseded ?? 0;
}

const COALESCES = `endpoints.status = 'active' and endpoints.rules ->> 'coalesce' = 'true'`;

/** SQL condition: the newer message goes to the endpoint, or went; what a rule kept back there took nobody's place. */
const IS_AT_ENDPOINT = `coalesce(
  (select state not in ('ignored', 'discarded') from deliveries
   where deliveries.account_id = $1 and deliveries.message_id = newer.id
     and deliveries.endpoint_id = of_key.endpoint_id),
  of_key.endpoint_id = any(newer.endpoint_ids))`;

/**
 * SQL: of the matches with one key at one endpoint all but the newest are superseded, and it is when a later message
 * with the key is at the endpoint. A step into the index for each match, and for each key.
 */
const supersededOf = (matches: string) => `
  with of_key as (
    select matching.endpoint_id, coalesce_key, count(*) as matches,
      (array_agg(message_id order by message_id desc))[1] as newest_id
    from (${matches}) matching cross join lateral (
      select coalesce_key from messages
      where messages.account_id = $1 and messages.app_id = $2 and messages.id = matching.message_id offset 0
    ) message where coalesce_key is not null group by matching.endpoint_id, coalesce_key
  )
  select coalesce(sum(matches - 1 + (exists (
    select from (
      select id, endpoint_ids from messages
      where messages.account_id = $1 and messages.app_id = $2 and messages.coalesce_key = of_key.coalesce_key
        and messages.id > of_key.newest_id
      order by messages.id desc limit ${String(MAX_NEWER)}
    ) newer where ${IS_AT_ENDPOINT}
  ))::int), 0)::int as superseded from of_key`;

const OF_FILTER = supersededOf(
  `select endpoint_id, message_id from (${lookedSql(COALESCES)}) looked where ${IS_MATCH}`,
);

const OF_FOUND = supersededOf(
  `select found."endpointId" as endpoint_id, found."messageId" as message_id
   from json_to_recordset($3) as found("endpointId" uuid, "messageId" uuid)
   join endpoints on endpoints.account_id = $1 and endpoints.id = found."endpointId" where ${COALESCES}`,
);
