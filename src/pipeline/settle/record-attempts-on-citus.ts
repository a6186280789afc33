import type { PoolClient } from 'pg';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { bucketOf } from '#src/domain/attempts/answer-times.ts';
import { addingTo, ANSWER_COLUMNS, APP_KEY, ENDPOINT_KEY, SLOT_MS } from '#src/domain/attempts/count-sql.ts';
import { insertRows } from '#src/infra/database/insert-rows.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import { ATTEMPT_COLUMNS, ATTEMPT_RECORD, attemptRow } from './record-attempts.ts';

const HOUR_MS = 3_600_000;
type Counts = Record<string, number | null>;

/**
 * As `recordAttempts`, for Citus, in a transaction of the caller's: statements that go straight to their shards, first
 * the counts, then the attempts of each account.
 */
export async function recordAttemptsOnCitus(
  client: PoolClient,
  attempts: Attempt[],
  shard = 0,
): Promise<void> {
  const counted = attempts.filter(({ trigger }) => trigger !== 'test');
  await insertRows(client, 'app_delivery_counts', {
    rows: countsOf(counted, appSlot).map((row) => ({ ...row, shard })),
    ending: addingTo('app_delivery_counts', APP_KEY),
  });
  const counts = countsOf(counted, endpointHour);
  await insertRows(client, 'delivery_counts', {
    rows: counts,
    ending: addingTo('delivery_counts', ENDPOINT_KEY),
  });
  const countOf = new Map(counts.map((count) => [count.account_id, count]));
  for (const [accountId, ofAccount] of Map.groupBy(attempts, (attempt) => attempt.accountId)) {
    const rows = ofAccount.map(attemptRow);
    const count = countOf.get(accountId);
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

const endpointHour = (attempt: Attempt) => ({
  account_id: attempt.accountId,
  endpoint_id: attempt.endpointId,
  hour: beginning(attempt, HOUR_MS),
  app_id: attempt.appId,
});

const appSlot = (attempt: Attempt) => ({
  account_id: attempt.accountId,
  app_id: attempt.appId,
  slot: beginning(attempt, SLOT_MS),
});

/** Attempts by a key, in its order, so that two processes do not deadlock. */
function countsOf<Key extends Record<string, string>>(
  attempts: Attempt[],
  keyOf: (attempt: Attempt) => Key,
): (Key & Counts)[] {
  const groups = Map.groupBy(attempts, (attempt) => Object.values(keyOf(attempt)).join('/'));
  return [...groups.keys()].toSorted().flatMap((key) => {
    const group = groups.get(key) ?? [];
    const [first] = group;
    return first === undefined ? [] : [{ ...keyOf(first), ...sumOf(group) }];
  });
}

function sumOf(attempts: Attempt[]): Counts {
  const buckets = new Map<number, number>();
  for (const { outcome, durationMs } of attempts) {
    if (outcome !== 'status') continue;
    const bucket = bucketOf(durationMs);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  const succeeded = attempts.filter((attempt) => attempt.succeeded).length;
  return {
    succeeded,
    failed: attempts.length - succeeded,
    ...Object.fromEntries(ANSWER_COLUMNS.map((name, bucket) => [name, buckets.get(bucket) ?? null])),
  };
}

/** Of the hour or slot in which the attempt began: its id is of its end. */
function beginning({ id, durationMs }: Attempt, lengthMs: number): string {
  const beganAtMs = timeOfId(id) - durationMs;
  return new Date(beganAtMs - (beganAtMs % lengthMs)).toISOString();
}
