import type { Pool, PoolClient } from 'pg';
import { idRange } from '#src/infra/database/id-range.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { AppReplay, AppReplayFilter, Estimate } from './replay.ts';

interface Owner {
  accountId: string;
  id: string;
}

export async function addAppReplay(
  client: PoolClient,
  app: Owner,
  { id, filter, estimate }: { id: string; filter: AppReplayFilter; estimate: Estimate },
): Promise<void> {
  await client.query(
    `insert into app_replays (account_id, app_id, id, filter, is_exact, endpoints, endpoints_off, deliveries_off)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      app.accountId,
      app.id,
      id,
      JSON.stringify(asAsked(filter)),
      estimate.isExact,
      estimate.endpoints,
      estimate.endpointsOff,
      estimate.deliveriesOff,
    ],
  );
}

/** In the words of the API. */
const asAsked = (filter: AppReplayFilter) => ({
  status: filter.states,
  reason: filter.reason,
  event_type: filter.eventType,
  status_code: filter.statusCode,
  endpoint_id: filter.endpointId,
  subscription_id: filter.subscriptionId,
  since: filter.since,
  until: filter.until,
  q: filter.query,
});

/** The replays of the endpoints, each queued behind others of its endpoint. */
export async function addParts(
  client: PoolClient,
  app: Owner,
  { id, filter, parts }: { id: string; filter: AppReplayFilter; parts: object[] },
): Promise<void> {
  await client.query(
    `insert into replays (id, account_id, app_id, endpoint_id, app_replay_id, from_message_id, to_message_id, states,
       reason, event_type, status_code, query, total, status)
     select id, $1, $2, endpoint_id, $3, $4, $5, $6, $7, $8, $9, $10, total, 'queued'
     from json_to_recordset($11) as x(id uuid, endpoint_id uuid, total integer)`,
    [
      app.accountId,
      app.id,
      id,
      ...idRange(filter, { limit: 0, offset: 0 }),
      filter.states,
      filter.reason ?? null,
      filter.eventType ?? null,
      filter.statusCode ?? null,
      filter.query ?? null,
      JSON.stringify(parts),
    ],
  );
}

/** The order of locks is that of the ids, as in every statement about several replays. */
export async function cancelParts(client: PoolClient, app: Owner, id: string): Promise<void> {
  await client.query(
    `update app_replays set cancelled_at = now()
     where account_id = $1 and app_id = $2 and id = $3 and cancelled_at is null`,
    [app.accountId, app.id, id],
  );
  await client.query(
    `update replays set status = 'cancelled' from (
       select id from replays where account_id = $1 and app_replay_id = $2 and status in ('queued', 'running')
       order by id for update
     ) unfinished where replays.account_id = $1 and replays.id = unfinished.id`,
    [app.accountId, id],
  );
}

/** Replays by filter of the account that are not over. */
export async function countUnfinished(client: PoolClient, accountId: string): Promise<number> {
  const { rows } = await client.query<{ unfinished: number }>(
    `select count(distinct app_replay_id)::int as unfinished from replays
     where account_id = $1 and app_replay_id is not null and status in ('queued', 'running')`,
    [accountId],
  );
  return rows[0]?.unfinished ?? 0;
}

export async function appReplay(pool: Pool, app: Owner, id: string): Promise<AppReplay | undefined> {
  const { rows } = await pool.query<AppReplay>(`${SELECT} and asked.id = $3`, [app.accountId, app.id, id]);
  return rows[0];
}

export async function listAppReplays(pool: Pool, app: Owner, paging: Paging): Promise<AppReplay[]> {
  const isBackwards = paging.after !== undefined;
  const { rows } = await pool.query<AppReplay>(
    `${SELECT} and asked.id >= $3 and asked.id < $4
     order by asked.id ${isBackwards ? 'asc' : 'desc'} limit $5 offset $6`,
    [app.accountId, app.id, ...idRange({}, paging), paging.limit, paging.offset],
  );
  return isBackwards ? rows.reverse() : rows;
}

const SELECT = `
  select asked.id, filter, is_exact as "isExact", endpoints, endpoints_off as "endpointsOff",
    deliveries_off as "deliveriesOff", created_at as "createdAt", greatest(parts.total, parts.done) as total, parts.done,
    case when cancelled_at is not null then 'cancelled' when parts."isUnfinished" then 'running' else 'done' end as status
  from app_replays asked cross join lateral (
    select coalesce(sum(total), 0)::int as total, coalesce(sum(done), 0)::int as done,
      coalesce(bool_or(status in ('queued', 'running')), false) as "isUnfinished"
    from replays where replays.account_id = asked.account_id and app_replay_id = asked.id
  ) parts where asked.account_id = $1 and asked.app_id = $2`;
