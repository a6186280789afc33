import type { Pool } from 'pg';
import type { AppKey } from './list-query.ts';

/** How many there are of what an app has. */
export interface AppNumbers {
  events: number;
  subscribers: number;
  endpointsOn: number;
  endpointsOff: number;
  /** On, and no delivery succeeds. */
  endpointsFailing: number;
}

export async function appNumbers(pool: Pool, { accountId, id }: AppKey): Promise<AppNumbers> {
  const { rows } = await pool.query<AppNumbers>(NUMBERS, [accountId, id]);
  return rows[0] ?? { events: 0, subscribers: 0, endpointsOn: 0, endpointsOff: 0, endpointsFailing: 0 };
}

const NUMBERS = `
  select (select count(*)::int from webhook_events where account_id = $1 and app_id = $2) as events,
    (select count(*)::int from subscriptions where account_id = $1 and app_id = $2) as subscribers,
    (count(*) filter (where status = 'active'))::int as "endpointsOn",
    (count(*) filter (where status = 'inactive'))::int as "endpointsOff",
    (count(*) filter (where status = 'active' and failing_since is not null))::int as "endpointsFailing"
  from endpoints where account_id = $1 and app_id = $2`;
