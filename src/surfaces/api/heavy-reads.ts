import { createSemaphore } from '#src/infra/lib/semaphore.ts';

/**
 * A page of a hundred payloads may be a hundred megabytes. Two of those are made at a time, so that neither memory nor
 * the connections that deliveries need run out; accounts take turns.
 */
const inTurn = createSemaphore(2);

export const limitHeavyReads = <T>(
  { accountId }: { accountId: string },
  work: () => Promise<T>,
): Promise<T> => inTurn(work, accountId);
