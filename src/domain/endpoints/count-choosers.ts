import type { Pool } from 'pg';
import type { WebhookEvent } from '#src/domain/apps/webhook-event.ts';

/** Endpoints that choose an event by its name, and not by a pattern or with all others. */
export interface Choosers {
  endpoints: number;
  /** Those that choose nothing else. */
  withoutOthers: number;
}

export async function countChoosers(
  pool: Pool,
  { accountId, appId, id }: Pick<WebhookEvent, 'accountId' | 'appId' | 'id'>,
): Promise<Choosers> {
  const { rows } = await pool.query<Choosers>(
    `select count(*)::int as endpoints,
       (count(*) filter (where e.event_patterns = '{}' and not exists (select from endpoint_events other
         where other.endpoint_id = e.id and other.webhook_event_id <> $3)))::int as "withoutOthers"
     from endpoint_events chosen join endpoints e on e.account_id = chosen.account_id and e.id = chosen.endpoint_id
     where chosen.account_id = $1 and chosen.app_id = $2 and chosen.webhook_event_id = $3`,
    [accountId, appId, id],
  );
  return rows[0] ?? { endpoints: 0, withoutOthers: 0 };
}
