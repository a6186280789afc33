import type { Pool, PoolClient } from 'pg';
import type { Missed } from './delivery.ts';

/** A page or a mail that shows this many says "at least". */
export const MAX_COUNTED = 10_000;

/** What an endpoint did not get yet. */
export interface EndpointBacklog extends Missed {
  /** Deliveries that wait for another attempt. While the endpoint is off each is held when it is due. */
  scheduled: number;
}

/** An endpoint's deliveries that wait or were missed, by state, each counted up to `upTo`. */
export async function countBacklog(
  database: Pool | PoolClient,
  { accountId, id }: { accountId: string; id: string },
  { upTo }: { upTo: number } = { upTo: Number.MAX_SAFE_INTEGER },
): Promise<EndpointBacklog> {
  const { rows } = await database.query<EndpointBacklog>(BACKLOG, [accountId, id, upTo]);
  return rows[0] ?? { failed: 0, held: 0, scheduled: 0 };
}

/** Reads the partial indexes `deliveries_missed` and `deliveries_scheduled`. */
const BACKLOG = `
  select count(*) filter (where state = 'failed')::int as failed,
    count(*) filter (where state = 'held')::int as held,
    (select count(*)::int from (select from deliveries
      where account_id = $1 and endpoint_id = $2 and state = 'scheduled' limit $3) waiting) as scheduled
  from (select state from deliveries
    where account_id = $1 and endpoint_id = $2 and state in ('failed', 'held') limit $3) missed`;

/** The endpoints of an app, or of a subscription. */
export type EndpointsOf = { accountId: string } & ({ appId: string } | { subscriptionId: string });

/** SQL: whether an endpoint is one of those; $2 is the id. */
export const isOf = (of: EndpointsOf) =>
  `endpoints.account_id = $1 and endpoints.${'appId' in of ? 'app_id' : 'subscription_id'} = $2`;
export const idOf = (of: EndpointsOf) => ('appId' in of ? of.appId : of.subscriptionId);

/** As {@link countBacklog}, of several endpoints together. */
export async function countBacklogOf(
  pool: Pool,
  of: EndpointsOf,
  { upTo }: { upTo: number },
): Promise<EndpointBacklog> {
  const { rows } = await pool.query<EndpointBacklog>(backlogOf(isOf(of)), [of.accountId, idOf(of), upTo]);
  return rows[0] ?? { failed: 0, held: 0, scheduled: 0 };
}

const inStates = (isOne: string, states: string) => `
  select found.state from endpoints cross join lateral (select state from deliveries
      where deliveries.account_id = $1 and deliveries.endpoint_id = endpoints.id and state in (${states})
      limit $3 offset 0) found
    where ${isOne} limit $3`;

const backlogOf = (isOne: string) => `
  select count(*) filter (where state = 'failed')::int as failed, count(*) filter (where state = 'held')::int as held,
    (select count(*)::int from (${inStates(isOne, `'scheduled'`)}) waiting) as scheduled
  from (${inStates(isOne, `'failed', 'held'`)}) missed`;
