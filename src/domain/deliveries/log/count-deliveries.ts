import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { countMessages } from '#src/domain/messages/count-messages.ts';
import { MAX_COUNTED, type Total, totalOf } from '#src/domain/search/total.ts';
import { idRange } from '#src/infra/database/id-range.ts';
import { type DeliveryFilters, statesOf } from './delivery-filters.ts';
import { areOnlyInRows } from './walk-rows.ts';

/** How many deliveries match, among the newest; null for filters that would walk over all of them. */
export async function countDeliveries(
  pool: Pool,
  app: Pick<App, 'accountId' | 'id'>,
  filters: DeliveryFilters,
): Promise<Total | null> {
  const { text, statusCode, statusClass, outcome, subscriptionId, messageId, endpointId } = filters;
  const walked = [text, statusCode, statusClass, outcome, subscriptionId, messageId];
  if (walked.some((of) => of !== undefined)) return null;
  const states = statesOf(filters);
  const { eventType, since, until } = filters;
  if (states === undefined) {
    if (endpointId !== undefined) return null;
    return (await countMessages(pool, app, { eventType, since, until }))?.deliveries ?? null;
  }
  if (eventType !== undefined || !areOnlyInRows(states)) return null;
  const { rows } = await pool.query<{ matching: number; seen: number }>(COUNT_ROWS, [
    app.accountId,
    app.id,
    ...idRange(filters, { limit: 0, offset: 0 }),
    states,
    filters.reason ?? null,
    endpointId ?? null,
  ]);
  return totalOf(rows[0] ?? { matching: 0, seen: 0 });
}

const COUNT_ROWS = `
  select count(*)::int as seen, count(*) filter (where matches)::int as matching from (
    select app_id = $2 and state = any($5) and ($6::text is null or reason = $6)
      and ($7::uuid is null or endpoint_id = $7) as matches
    from deliveries where account_id = $1 and message_id >= $3 and message_id < $4
    order by message_id desc limit ${String(MAX_COUNTED + 1)}
  ) newest`;
