import { createSemaphore } from '#src/infra/lib/semaphore.ts';

/**
 * Two pages of payloads are made at a time in a process, because a page of payloads may be several MB and deliveries
 * need the memory and the connections. The semaphore serves accounts round robin.
 */
const semaphore = createSemaphore(2);

export const limitHeavyReads = <T>(
  { accountId }: { accountId: string },
  work: () => Promise<T>,
): Promise<T> => semaphore(work, accountId);
