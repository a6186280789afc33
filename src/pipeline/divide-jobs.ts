import { chunksOf } from '../lib/chunks.ts';
import { type DeliveryJobData, MAX_REFS_PER_JOB } from '../queue/jobs.ts';

interface Divided {
  now: DeliveryJobData[];
  later: DeliveryJobData[];
}

interface Limit {
  /** Of each message, by id. */
  bytes: Map<string, number>;
  maxBytes: number;
}

/**
 * What of these jobs is taken on now, and what another time: as many of their messages as fit into memory, and always one.
 * One job for each that names messages, and one for up to a hundred single deliveries of an account.
 */
export function divideJobs(jobs: DeliveryJobData[], { bytes, maxBytes }: Limit): Divided {
  let left = maxBytes;
  const admitted = new Set<string>();
  const admit = (messageId: string): boolean => {
    if (admitted.has(messageId)) return true;
    if (left <= 0) return false;
    left -= bytes.get(messageId) ?? 0;
    admitted.add(messageId);
    return true;
  };
  const merged = mergeDeliveries(jobs);
  const now = merged.map((job) => part(job, admit));
  // Nothing is admitted that was not before: by now there is no room, or all of it is.
  const later = merged.map((job) => part(job, (messageId) => !admitted.has(messageId)));
  return { now: now.filter(namesAny), later: later.filter(namesAny) };
}

function mergeDeliveries(jobs: DeliveryJobData[]): DeliveryJobData[] {
  const ofMessages = jobs.filter(({ messages }) => messages !== undefined);
  const deliveries = jobs.flatMap((job) => (job.messages === undefined ? (job.deliveries ?? []) : []));
  const byAccount = Map.groupBy(deliveries, ({ accountId }) => accountId);
  const merged = [...byAccount.values()].flatMap((ofAccount) => chunksOf(ofAccount, MAX_REFS_PER_JOB));
  return [...ofMessages, ...merged.map((chunk) => ({ deliveries: chunk }))];
}

function part(
  { messages, deliveries = [] }: DeliveryJobData,
  isIn: (messageId: string) => boolean,
): DeliveryJobData {
  if (messages === undefined) return { deliveries: deliveries.filter(({ messageId }) => isIn(messageId)) };
  const groups = messages.map((group) => ({ ...group, messageIds: group.messageIds.filter(isIn) }));
  return { messages: groups.filter(({ messageIds }) => messageIds.length > 0) };
}

const namesAny = ({ messages = [], deliveries = [] }: DeliveryJobData) =>
  messages.length > 0 || deliveries.length > 0;
