import type { PoolClient } from 'pg';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { insertRows } from '#src/infra/database/insert-rows.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import { ATTEMPT_COLUMNS, ATTEMPT_RECORD, attemptRow } from './record-attempts.ts';

const HOUR_MS = 3_600_000;

/**
 * As `recordAttempts`, for Citus, in a transaction of the caller's: statements that go straight to their shards, first
 * the counts, then the attempts of each account.
 */
export async function recordAttemptsOnCitus(client: PoolClient, attempts: Attempt[]): Promise<void> {
  const counts = countsOf(attempts);
  await insertRows(client, 'delivery_counts', {
    rows: counts,
    ending: `on conflict (account_id, endpoint_id, hour) do update
      set succeeded = delivery_counts.succeeded + excluded.succeeded, failed = delivery_counts.failed + excluded.failed`,
  });
  const counted = new Map(counts.map((count) => [count.account_id, count]));
  for (const [accountId, ofAccount] of Map.groupBy(attempts, (attempt) => attempt.accountId)) {
    const rows = ofAccount.map(attemptRow);
    const count = counted.get(accountId);
    // An account whose endpoints were only tested has no count.
    if (count === undefined) await insertRows(client, 'attempts', { rows });
    else {
      const values = [accountId, JSON.stringify(rows), count.endpoint_id, count.hour];
      const { rowCount } = await client.query({ name: 'insert-attempts', text: INSERT, values });
      if (rowCount !== rows.length) throw new Error('Attempts were not written beside their count');
    }
  }
}

/**
 * Citus sends a list to a shard when the account of its rows comes from a row that is there: of a count, which was
 * written before.
 */
const INSERT = `
  insert into attempts (account_id, ${ATTEMPT_COLUMNS}) select counted.account_id, ${ATTEMPT_COLUMNS.replaceAll(/\w+/g, 'x.$&')}
  from delivery_counts counted cross join json_to_recordset($2) as x(${ATTEMPT_RECORD})
  where counted.account_id = $1 and counted.endpoint_id = $3 and counted.hour = $4`;

/** Attempts of deliveries by endpoint and hour, in key order, so that two processes do not deadlock. */
function countsOf(attempts: Attempt[]) {
  const counted = attempts.filter(({ trigger }) => trigger !== 'test');
  const groups = Map.groupBy(counted, (attempt) => {
    return `${attempt.accountId}/${attempt.endpointId}/${hourOf(attempt)}`;
  });
  return [...groups.keys()].toSorted().flatMap((key) => {
    const group = groups.get(key) ?? [];
    const [first] = group;
    if (first === undefined) return [];
    const succeeded = group.filter((attempt) => attempt.succeeded).length;
    return {
      account_id: first.accountId,
      app_id: first.appId,
      endpoint_id: first.endpointId,
      hour: hourOf(first),
      succeeded,
      failed: group.length - succeeded,
    };
  });
}

/** When the attempt began: its id is of its end. */
function hourOf({ id, durationMs }: Attempt): string {
  const beganAtMs = timeOfId(id) - durationMs;
  return new Date(beganAtMs - (beganAtMs % HOUR_MS)).toISOString();
}
