import type { Pool } from 'pg';
import { committedEverywhere } from '#src/infra/database/prepared-commits.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';

/**
 * Of outcomes whose write failed, those that are not written. When the answer to a COMMIT is lost nobody knows whether
 * it happened: the attempt in the log proves it, and so does a delivery that has left the state it was leased in. An
 * outcome that is written must not be written again, because the delivery may have been retried or replayed since.
 */
export async function withoutWritten(pool: Pool, outcomes: DeliveryOutcome[]): Promise<DeliveryOutcome[]> {
  await committedEverywhere(pool);
  const byAccount = Map.groupBy(outcomes, ({ delivery: { message } }) => message.accountId);
  const notWritten: DeliveryOutcome[] = [];
  // One after the other, because it is rare that a write fails.
  for (const [accountId, ofAccount] of byAccount) {
    const { rows } = await pool.query<{ index: number }>(NOT_WRITTEN, [
      accountId,
      JSON.stringify(ofAccount.map(outcomeRow)),
    ]);
    const indexes = new Set(rows.map(({ index }) => index));
    notWritten.push(...ofAccount.filter((_, index) => indexes.has(index)));
  }
  return notWritten;
}

function outcomeRow({ delivery, attempt }: DeliveryOutcome, index: number) {
  return {
    index,
    app_id: delivery.message.appId,
    message_id: delivery.message.id,
    endpoint_id: delivery.endpointId,
    was_due_at: delivery.dueAt,
    attempt_id: attempt?.id ?? null,
  };
}

const NOT_WRITTEN = `
  select index from json_to_recordset($2) as x(index integer, app_id uuid, message_id uuid, endpoint_id uuid,
    was_due_at timestamptz, attempt_id uuid)
  where case when attempt_id is not null
    then not exists (select from attempts
      where attempts.account_id = $1 and attempts.app_id = x.app_id and attempts.id = attempt_id)
    else not exists (select from deliveries
      where deliveries.account_id = $1 and deliveries.message_id = x.message_id
        and deliveries.endpoint_id = x.endpoint_id
        and (state, next_attempt_at) is distinct from ('scheduled', was_due_at))
  end`;
