import type { PoolClient } from 'pg';
import { keepAccepted } from '#src/domain/deliveries/transitions/keep-at-accept.ts';
import { insertRows } from '#src/infra/database/insert-rows.ts';
import {
  type Inserted,
  MESSAGE_COLUMNS,
  MESSAGE_RECORD,
  MESSAGE_VALUES,
  keptRows,
  messageRow,
} from './insert-messages.ts';
import type { InsertResult, RoutedMessage } from './routed-message.ts';

/**
 * As `insertMessages`, for Citus, in a transaction of the caller's: statement by statement, each of which goes straight
 * to its shard. The one statement of PostgreSQL went through the coordinator, at five times the CPU for a flush of 60.
 */
export async function insertMessagesOnCitus(
  client: PoolClient,
  routedMessages: RoutedMessage[],
  count: { day: string; shard: number },
): Promise<Inserted> {
  const current = await routedByPresentRevision(client, routedMessages);
  const first = await takeEventIds(client, current);
  const accepted = current.filter(({ message: { id, eventId } }) => eventId === null || first.has(id));
  const counts = await countAccepted(client, accepted, count);
  for (const [accountId, ofAccount] of Map.groupBy(accepted, ({ message }) => message.accountId)) {
    const rows = JSON.stringify(ofAccount.map(messageRow));
    const { rowCount } = await client.query({
      name: 'insert-counted',
      text: INSERT,
      values: [accountId, rows, count.day, count.shard],
    });
    if (rowCount !== ofAccount.length) throw new Error('Messages were not written beside their count');
  }
  await keepAccepted(
    client,
    accepted.flatMap((routed) => {
      const { accountId: account_id, appId: app_id } = routed.message;
      return keptRows(routed).map((row) => ({ account_id, app_id, ...row }));
    }),
  );
  const results = new Map<RoutedMessage, InsertResult>([
    ...current.map((one) => [one, 'duplicate'] as const),
    ...accepted.map((one) => [one, 'accepted'] as const),
  ]);
  return {
    results: routedMessages.map((one) => results.get(one) ?? 'stale'),
    counts,
  };
}

/**
 * Citus sends a list to a shard when the account of its rows comes from a row that is there: of the count, which was
 * written before.
 */
const INSERT = `
  insert into messages (${MESSAGE_COLUMNS}) select counted.account_id, ${MESSAGE_VALUES}
  from message_counts counted cross join json_to_recordset($2) as x(${MESSAGE_RECORD})
  where counted.account_id = $1 and counted.day = $3 and counted.shard = $4`;

/** Those that were routed by the present revision of their app; the rest is routed again. */
async function routedByPresentRevision(
  client: PoolClient,
  routedMessages: RoutedMessage[],
): Promise<RoutedMessage[]> {
  const apps = new Set(routedMessages.map(({ message }) => message.appId));
  const { rows } = await client.query<{ id: string; account_id: string; revision: string }>(
    'select id, account_id, revision from apps where id = any($1)',
    [[...apps]],
  );
  const present = new Map(rows.map((app) => [app.id, app]));
  return routedMessages.filter(({ message, revision }) => {
    const app = present.get(message.appId);
    return app?.account_id === message.accountId && app.revision === revision;
  });
}

/** The messages that are the first with their `event_id`; in key order, so that two flushes cannot deadlock. */
async function takeEventIds(client: PoolClient, routed: RoutedMessage[]): Promise<Set<string>> {
  const rows = routed
    .filter(({ message }) => message.eventId !== null)
    .map(({ message: { accountId, appId, eventId, id } }) => ({
      account_id: accountId,
      app_id: appId,
      event_id: eventId,
      message_id: id,
    }))
    .toSorted((one, other) => compare(keyOf(one), keyOf(other)));
  const ending = 'on conflict do nothing returning message_id';
  const taken = await insertRows<{ message_id: string }>(client, 'message_event_ids', { rows, ending });
  return new Set(taken.map(({ message_id }) => message_id));
}

const keyOf = (row: { account_id: string; app_id: string; event_id: string | null }) =>
  `${row.account_id}/${row.app_id}/${row.event_id ?? ''}`;

const compare = (one: string, other: string) => (one < other ? -1 : Number(one > other));

/** The messages that the shard has counted today, by account; accounts in order, so that flushes cannot deadlock. */
async function countAccepted(
  client: PoolClient,
  accepted: RoutedMessage[],
  { day, shard }: { day: string; shard: number },
): Promise<Map<string, number>> {
  const byAccount = Map.groupBy(accepted, ({ message }) => message.accountId);
  const rows = [...byAccount.keys()]
    .toSorted()
    .map((account_id) => ({ account_id, day, shard, messages: byAccount.get(account_id)?.length }));
  const ending = `on conflict (account_id, day, shard)
    do update set messages = message_counts.messages + excluded.messages returning account_id, messages`;
  const counted = await insertRows<{ account_id: string; messages: number }>(client, 'message_counts', {
    rows,
    ending,
  });
  return new Map(counted.map(({ account_id, messages }) => [account_id, messages]));
}
