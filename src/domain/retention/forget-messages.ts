import type { Pool, PoolClient } from 'pg';
import { followIndexes } from '#src/infra/database/delete-in-batches.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { OldLog } from './old-log.ts';
import { deliveriesByMessage } from '#src/domain/deliveries/deliveries-of-message.ts';
import { isOutstanding } from '#src/domain/deliveries/outstanding.ts';
import { forgetDeliveries } from '#src/domain/deliveries/transitions/forget-deliveries.ts';

const BATCH = 500;

interface OldRow {
  appId: string;
  id: string;
  endpointIds: string[];
  deliverAt: Date | null;
}

/** Deletes messages before `log.beforeId` with their deliveries and event ids, except outstanding ones. */
export async function forgetMessages(pool: Pool, log: OldLog): Promise<void> {
  let after: OldRow | undefined;
  do {
    after = await log.throttle(() => transaction(pool, (client) => forgetRun(client, log, after)));
  } while (after !== undefined);
}

/** Deletes one batch in the order of the primary key. Returns its last row, undefined at the end. */
async function forgetRun(client: PoolClient, log: OldLog, after?: OldRow): Promise<OldRow | undefined> {
  await followIndexes(client);
  const rows = await selectOld(client, log, after);
  const deliveries = await deliveriesByMessage(client, log.accountId, rows);
  const doomed = rows.filter((row) => !isOutstanding(row, deliveries.get(row.id) ?? [], log.nowMs));
  for (const ofApp of Map.groupBy(doomed, ({ appId }) => appId)) await deleteOfApp(client, log, ofApp);
  return rows.length < BATCH ? undefined : rows.at(-1);
}

async function selectOld(client: PoolClient, log: OldLog, after?: OldRow): Promise<OldRow[]> {
  const { rows } = await client.query<OldRow>(
    `select app_id as "appId", id, endpoint_ids as "endpointIds", deliver_at as "deliverAt" from messages
     where account_id = $1 and id < $2 ${after === undefined ? '' : 'and (app_id, id) > ($3, $4)'}
     order by app_id, id limit ${String(BATCH)}`,
    [log.accountId, log.beforeId, ...(after === undefined ? [] : [after.appId, after.id])],
  );
  return rows;
}

/**
 * Deletes messages of one app with their deliveries. A concurrent replay may have rescheduled one of the deliveries, so
 * a message is deleted only when none of its deliveries is left.
 */
async function deleteOfApp(
  client: PoolClient,
  { accountId }: OldLog,
  [appId, rows]: [string, OldRow[]],
): Promise<void> {
  const ids = rows.map(({ id }) => id);
  await forgetDeliveries(client, { accountId, messageIds: ids });
  // "offset 0" keeps the planner from a join, so that each message costs one index lookup.
  const { rows: gone } = await client.query<{ id: string; eventId: string | null }>(
    `delete from messages where account_id = $1 and app_id = $2 and id = any($3) and not exists (
       select from deliveries where deliveries.account_id = $1 and message_id = messages.id offset 0)
     returning id, event_id as "eventId"`,
    [accountId, appId, ids],
  );
  const withEventId = gone.filter(({ eventId }) => eventId !== null);
  if (withEventId.length === 0) return;
  await client.query(
    `delete from message_event_ids
     where account_id = $1 and app_id = $2 and event_id = any($3) and message_id = any($4)`,
    [accountId, appId, withEventId.map(({ eventId }) => eventId), withEventId.map(({ id }) => id)],
  );
}
