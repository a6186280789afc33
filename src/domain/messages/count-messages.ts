import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { MAX_COUNTED, type Total, totalOf } from '#src/domain/search/total.ts';
import { idRange } from '#src/infra/database/id-range.ts';
import type { MessageFilters } from './message-filters.ts';

/**
 * How many messages match, and how many deliveries they have, among the newest; null for filters that would read
 * payloads or deliveries.
 */
export async function countMessages(
  pool: Pool,
  app: Pick<App, 'accountId' | 'id'>,
  filters: MessageFilters,
): Promise<{ messages: Total; deliveries: Total } | null> {
  const { text, subscriptionId, eventType, eventId, channel } = filters;
  if (text !== undefined || subscriptionId !== undefined) return null;
  const { rows } = await pool.query<{ matching: number; deliveries: number; seen: number }>(COUNT, [
    app.accountId,
    app.id,
    ...idRange(filters, { limit: 0, offset: 0 }),
    eventType ?? null,
    eventId ?? null,
    channel ?? null,
  ]);
  const { matching, deliveries, seen } = rows[0] ?? { matching: 0, deliveries: 0, seen: 0 };
  return { messages: totalOf({ matching, seen }), deliveries: totalOf({ matching: deliveries, seen }) };
}

const COUNT = `
  select count(*)::int as seen, count(*) filter (where matches)::int as matching,
    coalesce(sum(deliveries_count) filter (where matches), 0)::int as deliveries
  from (
    select deliveries_count, ($5::text is null or event_type = $5) and ($6::text is null or event_id = $6)
      and ($7::text is null or $7 = any(channels)) as matches
    from messages where account_id = $1 and app_id = $2 and id >= $3 and id < $4
    order by id desc limit ${String(MAX_COUNTED + 1)}
  ) newest`;
