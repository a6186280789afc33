import type { Pool } from 'pg';

/**
 * The id of the last attempt behind the issues of an endpoint that are not resolved; null without any. A transformation
 * that failed made none, and is not the subscriber's to mend.
 */
export async function lastFailedAttempt(
  pool: Pool,
  { accountId, id }: { accountId: string; id: string },
): Promise<string | null> {
  const { rows } = await pool.query<{ attemptId: string }>(
    `select last_attempt_id as "attemptId" from issues
     where account_id = $1 and endpoint_id = $2 and status <> 'resolved' and last_attempt_id is not null
     order by last_seen_at desc limit 1`,
    [accountId, id],
  );
  return rows[0]?.attemptId ?? null;
}
