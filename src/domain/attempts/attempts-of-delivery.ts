import type { Pool } from 'pg';
import type { DeliveryOfAttempts, NumberedAttempt } from './numbered-attempt.ts';
import { ATTEMPT_COLUMNS, attemptOf, type AttemptRow } from './attempt-rows.ts';
import { withWhatFollowed } from './logged-attempt.ts';

interface Page {
  /** Newest first. */
  rows: NumberedAttempt[];
  /** Of the delivery. */
  total: number;
}

/** A page of the attempts of one delivery, newest first, each with the number of the replay that it belongs to. */
export async function attemptsOfDelivery(
  pool: Pool,
  { accountId, messageId, endpointId }: DeliveryOfAttempts,
  { limit, offset }: { limit: number; offset: number },
): Promise<Page> {
  const { rows } = await pool.query<AttemptRow & { replay: number; total: number }>(ATTEMPTS, [
    accountId,
    messageId,
    endpointId,
    limit,
    offset,
  ]);
  const logged = await withWhatFollowed(
    pool,
    rows.map(({ replay: _replay, total: _total, ...row }) => attemptOf(row)),
  );
  const numbered = logged.map((attempt, index) => ({ ...attempt, replay: rows[index]?.replay ?? 0 }));
  return { rows: numbered, total: rows[0]?.total ?? 0 };
}

/** How many replays of its delivery had begun when the attempt was made. */
export async function replayOfAttempt(
  pool: Pool,
  { accountId, messageId, endpointId, id }: DeliveryOfAttempts & { id: string },
): Promise<number> {
  const { rows } = await pool.query<{ replay: number }>(
    `select count(*)::int as replay from attempts
     where account_id = $1 and message_id = $2 and endpoint_id = $3 and id <= $4 and trigger = 'replay'`,
    [accountId, messageId, endpointId, id],
  );
  return rows[0]?.replay ?? 0;
}

/** The first attempt of a replay says so, and those that follow it are automatic. */
const ATTEMPTS = `
  select * from (
    select ${ATTEMPT_COLUMNS}, (count(*) filter (where trigger = 'replay') over (order by id))::int as replay,
      (count(*) over ())::int as total
    from attempts where account_id = $1 and message_id = $2 and endpoint_id = $3
  ) numbered order by id desc limit $4 offset $5`;
