import type { PoolClient } from 'pg';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { insertRows } from '#src/infra/database/insert-rows.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import { attemptRow } from './record-attempts.ts';

const HOUR_MS = 3_600_000;

/** As `recordAttempts`, for Citus: rows that go straight to their shards, in two statements. */
export async function recordAttemptsOnCitus(client: PoolClient, attempts: Attempt[]): Promise<void> {
  await insertRows(client, 'attempts', { rows: attempts.map(attemptRow) });
  await insertRows(client, 'delivery_counts', {
    rows: countsOf(attempts),
    ending: `on conflict (account_id, endpoint_id, hour) do update
      set succeeded = delivery_counts.succeeded + excluded.succeeded, failed = delivery_counts.failed + excluded.failed`,
  });
}

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
