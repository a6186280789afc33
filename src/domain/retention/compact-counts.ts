import type { Pool } from 'pg';
import { COMPACT } from '#src/domain/attempts/count-sql.ts';
import type { OldLog } from './old-log.ts';

const DAY_MS = 86_400_000;
/** Rows that one statement puts together at most. */
const BATCH = 5000;

/** Puts counts of an app together by hour, once they are a day old, so that pages read a tenth of the rows. */
export async function compactCounts(pool: Pool, { accountId, nowMs, throttle }: OldLog): Promise<void> {
  const before = new Date(nowMs - DAY_MS);
  let taken = BATCH;
  while (taken === BATCH) {
    taken = await throttle(async () => {
      const { rows } = await pool.query<{ taken: number }>(COMPACT, [accountId, before, BATCH]);
      return rows[0]?.taken ?? 0;
    });
  }
}
