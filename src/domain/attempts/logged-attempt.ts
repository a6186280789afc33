import type { Pool } from 'pg';
import type { Attempt } from './attempt.ts';

/** An attempt as the log shows it, with what came of its delivery since. */
export interface LoggedAttempt extends Attempt {
  /** Whether another attempt of the same delivery was made after it. */
  wasFollowed: boolean;
  /**
   * When the next attempt of the same delivery is due, or was if it `wasFollowed`; null when none follows, also because
   * the delivery was held or discarded meanwhile.
   */
  nextAttemptAt: Date | null;
}

/**
 * Reads what came of the deliveries of `attempts`, which are of one account. What an attempt itself stored is true only
 * at its end: its delivery may be held, discarded or put off later.
 */
export async function withWhatFollowed(pool: Pool, attempts: Attempt[]): Promise<LoggedAttempt[]> {
  const unsure = attempts.filter(({ succeeded, nextAttemptAt }) => !succeeded && nextAttemptAt !== null);
  const known = unsure.length === 0 ? new Map<string, Followed>() : await readFollowed(pool, unsure);
  return attempts.map((attempt) => {
    const { wasFollowed = false, dueAt = null } = known.get(attempt.id) ?? {};
    return { ...attempt, wasFollowed, nextAttemptAt: wasFollowed ? attempt.nextAttemptAt : dueAt };
  });
}

interface Followed {
  id: string;
  wasFollowed: boolean;
  /** Of a delivery that is scheduled. */
  dueAt: Date | null;
}

async function readFollowed(pool: Pool, attempts: Attempt[]): Promise<Map<string, Followed>> {
  const { rows } = await pool.query<Followed>(FOLLOWED, [
    attempts[0]?.accountId,
    attempts.map(({ id }) => id),
    attempts.map(({ messageId }) => messageId),
    attempts.map(({ endpointId }) => endpointId),
  ]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Each look is one step into an index; `offset 0` keeps it so, whatever the planner thinks of young partitions. */
const FOLLOWED = `
  select shown.id, later.found is not null as "wasFollowed", due.next_attempt_at as "dueAt"
  from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as shown(id, message_id, endpoint_id)
  left join lateral (select true as found from attempts
    where attempts.account_id = $1 and attempts.message_id = shown.message_id
      and attempts.endpoint_id = shown.endpoint_id and attempts.id > shown.id limit 1 offset 0) later on true
  left join lateral (select next_attempt_at from deliveries
    where deliveries.account_id = $1 and deliveries.message_id = shown.message_id
      and deliveries.endpoint_id = shown.endpoint_id and state = 'scheduled' offset 0) due on true`;
