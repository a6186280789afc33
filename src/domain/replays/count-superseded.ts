import type { Pool } from 'pg';
import type { Matching } from './count-matching.ts';
import { IS_MATCH, lookedSql, valuesOf } from './matching-sql.ts';
import type { AppReplayFilter } from './replay.ts';

/** Deliveries that are looked at, of endpoints that coalesce. */
const MAX_LOOKED = 20_000;
/** Newer messages that are looked at: for each key of an endpoint, and in all, but always the latest one of a key. */
const MAX_NEWER = 20;
const MAX_NEWER_IN_ALL = 30_000;

/**
 * How many of the deliveries that a replay would send have a newer message with their `coalesce_key` at the same
 * endpoint, one that coalesces: the receiver gets the older state after the newer one. What {@link Matching} found is
 * taken when it is known. `isCut`: not all that match were looked at, or too little for each key, so there may be more.
 */
export async function countSuperseded(
  pool: Pool,
  app: { accountId: string; id: string },
  { filter, found, isExact }: { filter: AppReplayFilter } & Pick<Matching, 'found' | 'isExact'>,
): Promise<{ count: number; isCut: boolean }> {
  const { rows } = await (found === null
    ? pool.query<Counted>(OF_FILTER, [...valuesOf(app, filter), MAX_LOOKED])
    : pool.query<Counted>(OF_FOUND, [app.accountId, app.id, JSON.stringify(found)]));
  const { count, looked, keys } = rows[0] ?? { count: 0, looked: 0, keys: 0 };
  const isCut = found === null ? looked >= MAX_LOOKED : !isExact;
  return { count, isCut: isCut || keys * MAX_NEWER > MAX_NEWER_IN_ALL };
}

interface Counted {
  count: number;
  looked: number;
  /** Of each endpoint. */
  keys: number;
}

const COALESCES = `endpoints.status = 'active' and endpoints.rules ->> 'coalesce' = 'true'`;

/** SQL condition: the newer message goes to the endpoint, or went; what a rule kept back there took nobody's place. */
const IS_AT_ENDPOINT = `coalesce(
  (select state not in ('ignored', 'discarded') from deliveries
   where deliveries.account_id = $1 and deliveries.message_id = newer.id
     and deliveries.endpoint_id = of_key.endpoint_id),
  of_key.endpoint_id = any(newer.endpoint_ids))`;

/**
 * SQL: of the matches with one key at one endpoint all but the newest have a newer message, and it does when a later
 * one with the key is at the endpoint. A step into the index for each match, and for each key. `isMatch`: SQL condition
 * on a row of `looked`.
 */
const supersededOf = (looked: string, isMatch: string) => `
  with looked as materialized (${looked}), of_key as (
    select matching.endpoint_id, coalesce_key, count(*) as matches,
      (array_agg(message_id order by message_id desc))[1] as newest_id
    from (select endpoint_id, message_id from looked where ${isMatch}) matching cross join lateral (
      select coalesce_key from messages
      where messages.account_id = $1 and messages.app_id = $2 and messages.id = matching.message_id offset 0
    ) message where coalesce_key is not null group by matching.endpoint_id, coalesce_key
  )
  select coalesce(sum(matches - 1 + (exists (
    select from (
      select id, endpoint_ids from messages
      where messages.account_id = $1 and messages.app_id = $2 and messages.coalesce_key = of_key.coalesce_key
        and messages.id > of_key.newest_id
      order by messages.id desc
      limit (select least(${String(MAX_NEWER)}, greatest(1, ${String(MAX_NEWER_IN_ALL)} / count(*))) from of_key)
    ) newer where ${IS_AT_ENDPOINT}
  ))::int), 0)::int as count, (select count(*)::int from looked) as looked,
    count(*)::int as keys from of_key`;

const OF_FILTER = supersededOf(lookedSql(COALESCES), IS_MATCH);

const OF_FOUND = supersededOf(
  `select found."endpointId" as endpoint_id, found."messageId" as message_id
   from json_to_recordset($3) as found("endpointId" uuid, "messageId" uuid)
   join endpoints on endpoints.account_id = $1 and endpoints.id = found."endpointId" where ${COALESCES}`,
  'true',
);
