import type { Pool } from 'pg';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import type { Replay } from './replay.ts';

/** What came of the deliveries of a replay so far. */
export interface ReplayProgress {
  /** Messages that arrived. */
  sent: number;
  /** Messages that were tried and did not arrive. They may yet, while attempts of theirs are to come. */
  failed: number;
  /** Whether there were more attempts since than are looked at: then the counts say at least how many. */
  isCut: boolean;
}

/** A page that polls reads so many at most. */
const MAX_ATTEMPTS = 20_000;

/**
 * Counts by the attempts since the replay began: a message is the replay's when an attempt of it says so, and its later
 * attempts are. Reads `attempts_endpoint` from the replay's id on, because ids are ordered by time.
 */
export async function replayProgress(
  pool: Pool,
  { accountId, id: endpointId }: Pick<Endpoint, 'accountId' | 'id'>,
  { id, total }: Replay,
): Promise<ReplayProgress> {
  const { rows } = await pool.query<ReplayProgress>(
    `with looked as (
       select message_id, succeeded, trigger from attempts
       where account_id = $1 and endpoint_id = $2 and id > $3 order by id limit ${String(MAX_ATTEMPTS)}
     )
     select count(*) filter (where arrived)::int as sent, count(*) filter (where not arrived)::int as failed,
       (select count(*) = ${String(MAX_ATTEMPTS)} from looked) as "isCut"
     from (
       select bool_or(succeeded) as arrived from looked group by message_id having bool_or(trigger = 'replay')
     ) messages`,
    [accountId, endpointId, id],
  );
  const { sent = 0, failed = 0, isCut = false } = rows[0] ?? {};
  return { sent: Math.min(sent, total), failed: Math.min(failed, total), isCut };
}
