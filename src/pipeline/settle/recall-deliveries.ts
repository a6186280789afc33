import type { Pool } from 'pg';
import { recallScheduled } from '#src/domain/deliveries/transitions/recall-scheduled.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';

/**
 * Makes snoozed deliveries of an account due now, by the ids of their retry jobs. Passes over what moved meanwhile:
 * jobs that came due, deliveries that were cancelled or replayed. Waits for nobody: it passes over what others have
 * locked. Answers how many are due.
 */
export async function recallDeliveries(
  { pool, queue }: { pool: Pool; queue: JobQueue },
  accountId: string,
  jobIds: string[],
): Promise<number> {
  return transaction(pool, async (client) => {
    const { jobs, now: dueAt } = await queue.lockLaterJobs('retry', jobIds, client);
    const named = jobs.flatMap(({ id, data }) => (data.deliveries ?? []).map((ref) => ({ id, ref })));
    if (named.length === 0) return 0;
    const refs = named.map(({ ref }) => ref);
    const moved = await recallScheduled(client, { accountId, refs, dueAt });
    const ids = named.filter(({ ref }) => moved.has(ref)).map(({ id }) => id);
    if (ids.length > 0) await queue.recall('retry', { ids, dueAt }, client);
    return ids.length;
  });
}
