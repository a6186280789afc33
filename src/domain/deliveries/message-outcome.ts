import type { Pool } from 'pg';
import type { DeliveryState } from './delivery.ts';
import { countedStates } from './state-sql.ts';

/** How many deliveries of a message are in each state; states without any are left out. */
export type StateCounts = Partial<Record<DeliveryState, number>>;

/** What needs somebody comes first. */
export const WORST_FIRST: DeliveryState[] = [
  'failed',
  'scheduled',
  'held',
  'ignored',
  'pending',
  'discarded',
  'delivered',
];

/** The worst state of a message's deliveries, how many are in it, and of how many; null for a message without any. */
export function worstOf(counts: StateCounts): { state: DeliveryState; count: number; total: number } | null {
  const state = WORST_FIRST.find((one) => (counts[one] ?? 0) > 0);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return state === undefined ? null : { state, count: counts[state] ?? 0, total };
}

/**
 * The counts by message. They are those of `deliveriesByMessage`, counted by PostgreSQL, because a page of messages may
 * have tens of thousands of deliveries.
 */
export async function countStates(
  pool: Pool,
  app: { accountId: string; id: string },
  messageIds: string[],
): Promise<Map<string, StateCounts>> {
  if (messageIds.length === 0) return new Map();
  const oldest = messageIds.reduce((a, b) => (a < b ? a : b));
  const { rows } = await pool.query<CountRow>(COUNTS, [app.accountId, app.id, messageIds, oldest]);
  return new Map(
    [...Map.groupBy(rows, ({ messageId }) => messageId)].map(([id, counted]) => [id, countsOf(counted)]),
  );
}

interface CountRow {
  messageId: string;
  state: DeliveryState;
  isRow: boolean;
  count: number;
}

/** What has neither a row nor a success is pending: `pending` counts all that has no row. */
function countsOf(rows: CountRow[]): StateCounts {
  const counts: StateCounts = {};
  for (const { state, count, isRow } of rows) {
    counts[state] = (counts[state] ?? 0) + count;
    if (!isRow && state === 'delivered') counts.pending = (counts.pending ?? 0) - count;
  }
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

const COUNTS = `
  select messages.id as "messageId", counted.* from messages cross join lateral (
    ${countedStates({ accountId: '$1', messageId: 'messages.id', endpointIds: 'messages.endpoint_ids', oldestMessageId: '$4' })}
    offset 0
  ) counted where messages.account_id = $1 and messages.app_id = $2 and messages.id = any($3)`;
