import type { Pool } from 'pg';
import { firstIdAt, timeOfId } from '#src/infra/lib/ids.ts';
import type { OldLog } from './old-log.ts';

const BATCH = 200;
const MAX_CLOCK_SKEW_MS = 600_000;

/**
 * Deletes the rows of `endpoint_revisions` that no kept message was routed by. The newest row of an endpoint before the
 * oldest message stays, because that message was routed by it.
 */
export async function forgetRoutingHistory(pool: Pool, { accountId, throttle }: OldLog): Promise<void> {
  const { rows: apps } = await pool.query<{ id: string }>('select id from apps where account_id = $1', [
    accountId,
  ]);
  for (const { id: appId } of apps) {
    const revision = await oldestRevisionOf(pool, { accountId, appId });
    let after = [FIRST_ID, FIRST_ID];
    for (;;) {
      const { rows } = await throttle(() =>
        pool.query<{ subscriptionId: string; endpointId: string }>(FORGET, [
          accountId,
          appId,
          revision,
          ...after,
        ]),
      );
      const last = rows[0];
      if (last === undefined) break;
      after = [last.subscriptionId, last.endpointId];
    }
  }
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * The lowest revision that a kept message of the app was routed by; the app's own when it has no message. Revisions
 * rise with message ids except across processes whose clocks differ, so the first ten minutes of messages are read.
 */
async function oldestRevisionOf(
  pool: Pool,
  { accountId, appId }: { accountId: string; appId: string },
): Promise<string> {
  const { rows: first } = await pool.query<{ id: string }>(
    'select id from messages where account_id = $1 and app_id = $2 order by id limit 1',
    [accountId, appId],
  );
  const until = first[0] === undefined ? FIRST_ID : firstIdAt(timeOfId(first[0].id) + MAX_CLOCK_SKEW_MS);
  const { rows } = await pool.query<{ revision: string }>(
    `select coalesce(
       (select min(routing_revision) from messages where account_id = $1 and app_id = $2 and id < $3),
       (select revision from apps where account_id = $1 and id = $2), 0) as revision`,
    [accountId, appId, until],
  );
  return rows[0]?.revision ?? '0';
}

/**
 * Walks the endpoints by a loose index scan. Deletes the rows of each endpoint that are older than its current row at
 * the revision, and that row as well if the endpoint was deleted. Returns the last endpoint of the batch, no row at the
 * end.
 */
const FORGET = `
  with recursive known as (
    (select subscription_id, endpoint_id, 1 as n from endpoint_revisions
     where account_id = $1 and app_id = $2 and (subscription_id, endpoint_id) > ($4, $5)
     order by subscription_id, endpoint_id limit 1)
    union all
    select next.*, n + 1 from known cross join lateral (
      select subscription_id, endpoint_id from endpoint_revisions
      where account_id = $1 and app_id = $2
        and (subscription_id, endpoint_id) > (known.subscription_id, known.endpoint_id)
      order by subscription_id, endpoint_id limit 1
    ) next where n < ${String(BATCH)}
  ), current as (
    select row.* from known cross join lateral (
      select subscription_id, endpoint_id, revision, status from endpoint_revisions
      where account_id = $1 and app_id = $2
        and subscription_id = known.subscription_id and endpoint_id = known.endpoint_id and revision <= $3
      order by revision desc limit 1
    ) row
  ), deleted as (
    delete from endpoint_revisions old using current
    where old.account_id = $1 and old.app_id = $2 and old.subscription_id = current.subscription_id
      and old.endpoint_id = current.endpoint_id
      and (old.revision < current.revision or (old.revision = current.revision and current.status = 'deleted'))
  )
  select subscription_id as "subscriptionId", endpoint_id as "endpointId" from known order by n desc limit 1`;
