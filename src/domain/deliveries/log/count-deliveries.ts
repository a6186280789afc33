import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import type { DeliveryState } from '#src/domain/deliveries/delivery.ts';
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
  if (states.length === 0) return totalOf({ matching: 0, seen: 0 });
  const { rows } = await pool.query<{ matching: number; seen: number }>(countRows(states), [
    app.accountId,
    app.id,
    ...idRange(filters, { limit: 0, offset: 0 }),
    filters.reason ?? null,
    endpointId ?? null,
  ]);
  return totalOf(rows[0] ?? { matching: 0, seen: 0 });
}

/** The newest rows of an app in some states, read by its index of each state apart, as a walk over them does. */
const countRows = (states: readonly DeliveryState[]) => `
  select count(*)::int as seen, count(*) filter (where matches)::int as matching from (
    select ($5::text is null or reason = $5) and ($6::uuid is null or endpoint_id = $6) as matches
    from (${states.map(ofState).join(' union all ')}) of_app ${NEWEST}
  ) newest`;

const NEWEST = `order by message_id desc limit ${String(MAX_COUNTED + 1)}`;

/** Names of states are constants of ours. */
const ofState = (state: DeliveryState) => `(select message_id, endpoint_id, reason from deliveries
      where account_id = $1 and app_id = $2 and state = '${state}' and message_id >= $3 and message_id < $4 ${NEWEST})`;
