import type { Pool } from 'pg';

/** Sends at once to an endpoint, at first (`pipeline/dispatch/concurrency-window.ts`). */
const AT_ONCE = 4;
const LATEST_ATTEMPTS = 20;
/** The endpoints with the most to send say how long it takes. */
const MAX_ENDPOINTS = 20;

/**
 * Seconds until all is sent, by how long the latest requests to each endpoint took: that of the slowest one. Null when
 * nothing was sent to any of them yet.
 */
export async function estimateSeconds(
  pool: Pool,
  accountId: string,
  matching: { endpointId: string; matching: number }[],
): Promise<number | null> {
  const largest = matching.toSorted((a, b) => b.matching - a.matching).slice(0, MAX_ENDPOINTS);
  const ids = largest.map(({ endpointId }) => endpointId);
  if (ids.length === 0) return 0;
  const { rows } = await pool.query<{ endpointId: string; durationMs: number | null }>(PACE, [
    accountId,
    ids,
  ]);
  const durations = new Map(rows.map((row) => [row.endpointId, row.durationMs]));
  const seconds = largest.flatMap(({ endpointId, matching: count }) => {
    const durationMs = durations.get(endpointId) ?? null;
    return durationMs === null ? [] : [(count * durationMs) / AT_ONCE / 1000];
  });
  return seconds.length === 0 ? null : Math.ceil(Math.max(...seconds));
}

const PACE = `
  select named.id as "endpointId", (select avg(duration_ms)::float8 from (
    select duration_ms from attempts where attempts.account_id = $1 and attempts.endpoint_id = named.id
    order by attempts.id desc limit ${String(LATEST_ATTEMPTS)}) latest) as "durationMs"
  from unnest($2::uuid[]) as named(id)`;

/** Rows that are looked at for what was delivered meanwhile. */
const MAX_LOOKED = 50_000;

/** Deliveries of the range that had failed or waited, and were delivered since, of the newest that have a row. */
export async function countDeliveredMeanwhile(
  pool: Pool,
  app: { accountId: string; id: string },
  { from, to, endpointIds }: { from: string; to: string; endpointIds: string[] | undefined },
): Promise<number> {
  const { rows } = await pool.query<{ delivered: number }>(
    `select count(*) filter (where state = 'delivered' and app_id = $2
       and ($5::uuid[] is null or endpoint_id = any($5)))::int as delivered
     from (select state, app_id, endpoint_id from deliveries
       where account_id = $1 and message_id >= $3 and message_id < $4
       order by message_id desc, endpoint_id desc limit ${String(MAX_LOOKED)}) looked`,
    [app.accountId, app.id, from, to, endpointIds ?? null],
  );
  return rows[0]?.delivered ?? 0;
}
