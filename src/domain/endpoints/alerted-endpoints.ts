import type { PoolClient } from 'pg';
import type { AlertedEndpoint, TemplateName } from '#src/domain/mail/templates.ts';

export type AlertKind = Extract<TemplateName, 'endpoint-failing' | 'endpoint-disabled'>;

interface Concerned {
  accountId: string;
  kind: AlertKind;
  endpointIds: string[];
}

/** A mail names so many; it stays short. */
const MAX_NAMED = 20;
/** What an endpoint missed is counted as far as this. */
const MAX_COUNTED = 10_000;

/** As they are now: what is well again, or was turned on or off by a person, is no news any more. */
const STILL = {
  'endpoint-failing': `status = 'active' and failing_since is not null`,
  'endpoint-disabled': 'inactive_reason is not null',
};

/** How many of the endpoints still are as they were reported. */
export async function countConcerned(
  client: PoolClient,
  { accountId, kind, endpointIds }: Concerned,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from endpoints where account_id = $1 and id = any($2) and ${STILL[kind]}`,
    [accountId, endpointIds],
  );
  return rows[0]?.count ?? 0;
}

/** The first of them, with all that a mail says of each. */
export async function firstConcerned(
  client: PoolClient,
  { accountId, kind, endpointIds }: Concerned,
  baseUrl: string,
): Promise<AlertedEndpoint[]> {
  const { rows } = await client.query<AlertedEndpoint>(
    `select url, subscriptions.name as "subscriberName", apps.name as "appName", inactive_reason as reason,
       coalesce(inactive_since, failing_since) as since, missed.count as held,
       $3 || '/apps/' || endpoints.app_id || '/endpoints/' || endpoints.id as "pageUrl"
     from (select * from endpoints where account_id = $1 and id = any($2) and ${STILL[kind]} order by id limit $4) endpoints
     join apps on apps.id = endpoints.app_id
     join subscriptions on subscriptions.id = subscription_id
     cross join lateral (
       select count(*)::int as count from (
         select from deliveries
         where deliveries.account_id = $1 and endpoint_id = endpoints.id and state in ('failed', 'held') limit $5
       ) counted
     ) missed
     order by endpoints.id`,
    [accountId, endpointIds, baseUrl, MAX_NAMED, MAX_COUNTED + 1],
  );
  return rows;
}
