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
