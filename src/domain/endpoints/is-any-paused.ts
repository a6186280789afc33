import type { Pool } from 'pg';
import { type EndpointsOf, idOf, isOf } from '#src/domain/deliveries/count-backlog.ts';

/** Whether one of the endpoints of an app, or of a subscription, is paused. */
export async function isAnyPaused(pool: Pool, of: EndpointsOf): Promise<boolean> {
  const { rows } = await pool.query<{ isPaused: boolean }>(
    `select exists (select from endpoints where ${isOf(of)} and paused_at is not null) as "isPaused"`,
    [of.accountId, idOf(of)],
  );
  return rows[0]?.isPaused === true;
}
