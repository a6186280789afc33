import type { Pool, PoolClient } from 'pg';
import { type Alerted, type AlertKind, STILL_HOLDS } from './alerted-endpoints.ts';
import type { Endpoint } from './endpoint.ts';

/** Kinds after which people wait for word that it is well again. */
const OF_TROUBLE: AlertKind[] = ['endpoint-failing', 'endpoint-disabled'];

/** Between two mails that say of one endpoint that it fails, so that one that comes and goes is no stream of mails. */
const WARNED_AGAIN_AFTER = `interval '1 hour'`;

/** SQL of the alerts that wait, because people were told of the same endpoint lately. `$1`: now. */
export const WAITS = `kind = 'endpoint-failing' and exists (
  select from endpoints_told told where told.account_id = alerts.account_id and told.endpoint_id = alerts.endpoint_id
    and warned_at > $1::timestamptz - ${WARNED_AGAIN_AFTER})`;

/** Remembers of whom people were told, so that they hear of it when it is well again. */
export async function noteTold(
  client: PoolClient,
  { accountId, kind, endpointIds }: Alerted,
  at: Date,
): Promise<void> {
  if (!OF_TROUBLE.includes(kind)) return;
  await client.query(
    `insert into endpoints_told as told (account_id, endpoint_id, warned_at)
     select account_id, id, $3 from endpoints where account_id = $1 and id = any($2) and ${STILL_HOLDS[kind]}
     on conflict (account_id, endpoint_id) do update
     set warned_at = coalesce(excluded.warned_at, told.warned_at), is_awaited = true`,
    [accountId, endpointIds, kind === 'endpoint-failing' ? at : null],
  );
}

/** Raises an alert of each endpoint that is well again after people were told of it. */
export async function raiseRecovered(pool: Pool, at: Date): Promise<void> {
  await pool.query(
    `with well as (
       update endpoints_told told set is_awaited = false from endpoints
       where is_awaited and endpoints.account_id = told.account_id and endpoints.id = told.endpoint_id
         and ${STILL_HOLDS['endpoint-recovered']}
       returning told.account_id, told.endpoint_id
     )
     insert into endpoint_alerts (account_id, endpoint_id, kind, raised_at)
     select account_id, endpoint_id, 'endpoint-recovered', $1 from well`,
    [at],
  );
}

/** Raises an alert in the transaction of what it tells. */
export async function raiseAlert(
  client: PoolClient,
  { accountId, id }: Pick<Endpoint, 'accountId' | 'id'>,
  { kind, at }: { kind: AlertKind; at: Date },
): Promise<void> {
  await client.query(
    'insert into endpoint_alerts (account_id, endpoint_id, kind, raised_at) values ($1, $2, $3, $4)',
    [accountId, id, kind, at],
  );
}
