import type { Pool } from 'pg';
import { cancelWaiting, lockScheduled } from '#src/domain/deliveries/transitions/cancel-waiting.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { leaveUnreleased } from './queue-entries.ts';
import { wakeQueues } from './queue-wakes.ts';

/**
 * Cancels what of a message is scheduled and not yet sent, and answers at how many endpoints. What is being sent, or
 * was, stays as it is. The rows are locked before their entries, as settling does.
 */
export async function cancelMessage(
  pool: Pool,
  { accountId, appId, id: messageId }: { accountId: string; appId: string; id: string },
): Promise<number> {
  const key = { accountId, appId, messageId };
  return transaction(pool, async (client) => {
    const scheduled = await lockScheduled(client, key);
    const waiting = await leaveUnreleased(client, key, scheduled);
    const cancelled = await cancelWaiting(client, key, waiting);
    if (waiting.length > 0)
      await wakeQueues(
        client,
        waiting.map((endpointId) => ({ accountId, appId, endpointId })),
      );
    return cancelled;
  });
}
