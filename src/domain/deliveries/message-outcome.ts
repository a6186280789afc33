import type { Pool } from 'pg';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { Delivery, DeliveryState } from './delivery.ts';
import { isFirstLater, shownState, type ShownState, STATE_LABELS, type Tone } from './state-labels.ts';
import { countedStates } from './state-sql.ts';

/** How many deliveries of a message are in a state, those apart that are to have their first attempt later. */
export interface CountedState {
  state: DeliveryState;
  isFirstLater: boolean;
  count: number;
}

/**
 * The states as lists show them. What was missed comes first, because it needs somebody, then what is under way, then
 * what is done: a message's worst state agrees with its outcome (`message-success.ts`).
 */
export const WORST_FIRST: ShownState[] = [
  'failed',
  'held',
  'retrying',
  'pending',
  'scheduled',
  'delivered',
  'ignored',
  'discarded',
];

/** The deliveries of a message in words: how many are in each state that people read, the worst first. */
export function summaryOf(counts: CountedState[]): { states: SummedState[]; total: number } {
  const byState = Map.groupBy(counts, shownState);
  const states = WORST_FIRST.flatMap((state) => {
    const count = sum(byState.get(state) ?? []);
    return count === 0 ? [] : [{ state, ...STATE_LABELS[state], count }];
  });
  return { states, total: sum(counts) };
}

export interface SummedState {
  state: ShownState;
  label: string;
  tone: Tone;
  count: number;
}

/** Those of deliveries that were read. */
export const countedOf = (deliveries: Delivery[]): CountedState[] =>
  deliveries.map((delivery) => ({ state: delivery.state, isFirstLater: isFirstLater(delivery), count: 1 }));

/** The worst state in the API's words, and how many are in it; null for a message without any. */
export function worstOf(counts: CountedState[]): { state: DeliveryState; count: number } | null {
  const [worst] = WORST_FIRST.flatMap((shown) => counts.filter((one) => shownState(one) === shown));
  if (worst === undefined) return null;
  const { state } = worst;
  return { state, count: sum(counts.filter((one) => one.state === state)) };
}

const sum = (counts: CountedState[]) => counts.reduce((total, { count }) => total + count, 0);

/**
 * The counts by message. They are those of `deliveriesByMessage`, counted by PostgreSQL, because a page of messages may
 * have tens of thousands of deliveries. The jobs are read after the messages and before the rows, so that what they do
 * not name has been written by then: only of what they name, and of what has a `deliverAt`, attempts are read.
 */
export async function countStates(
  { pool, queue }: { pool: Pool; queue: Pick<JobQueue, 'messagesNamed'> },
  app: { accountId: string; id: string },
  messageIds: string[],
): Promise<Map<string, CountedState[]>> {
  if (messageIds.length === 0) return new Map();
  const oldest = messageIds.reduce((a, b) => (a < b ? a : b));
  const named = await queue.messagesNamed(app.accountId);
  const { rows } = await pool.query<CountRow>(COUNTS, [
    app.accountId,
    app.id,
    messageIds,
    oldest,
    named.isCut ? messageIds : named.ids,
  ]);
  return new Map(
    [...Map.groupBy(rows, ({ messageId }) => messageId)].map(([id, counted]) => [id, countsOf(counted)]),
  );
}

interface CountRow extends CountedState {
  messageId: string;
  isRow: boolean;
}

/** What has neither a row nor a success is pending, if it may wait: `pending` counts all that has no row. */
function countsOf(rows: CountRow[]): CountedState[] {
  const succeeded = rows.find(({ state, isRow }) => !isRow && state === 'delivered')?.count ?? 0;
  return rows
    .map(({ state, isFirstLater, isRow, count }) => ({
      state,
      isFirstLater,
      count: !isRow && state === 'pending' ? count - succeeded : count,
    }))
    .filter(({ count }) => count > 0);
}

const COUNTS = `
  select messages.id as "messageId", counted.* from messages cross join lateral (
    ${countedStates({ accountId: '$1', messageId: 'messages.id', endpointIds: 'messages.endpoint_ids', deliverAt: 'messages.deliver_at', oldestMessageId: '$4', mayWait: '(messages.id = any($5) or messages.deliver_at is not null)' })}
    offset 0
  ) counted where messages.account_id = $1 and messages.app_id = $2 and messages.id = any($3)`;
