import { chunksOf } from '#src/infra/lib/chunks.ts';
import {
  accountOf,
  type DeliveryJobData,
  type DeliveryRef,
  MAX_REFS_PER_JOB,
  type MessageGroup,
} from '#src/infra/queue/jobs.ts';
import { groupByApp } from '#src/domain/deliveries/group-by-app.ts';

interface SplitJobs {
  /** To lease and load. */
  now: DeliveryJobData[];
  /** To insert again, due at once. */
  later: DeliveryJobData[];
}

interface Limit {
  /** By message id. */
  bytes: Map<string, number>;
  maxBytes: number;
}

/**
 * Splits fetched jobs into those to load now, with as many messages as fit into `maxBytes` and at least one, and the
 * rest. Each resulting job names up to a hundred messages, or single deliveries, of one account.
 */
export function splitJobs(jobs: DeliveryJobData[], { bytes, maxBytes }: Limit): SplitJobs {
  let left = maxBytes;
  const admitted = new Set<string>();
  const admit = (messageId: string): boolean => {
    if (admitted.has(messageId)) return true;
    if (left <= 0) return false;
    left -= bytes.get(messageId) ?? 0;
    admitted.add(messageId);
    return true;
  };
  const merged = merge(jobs);
  const now = merged.map((job) => part(job, admit));
  const later = merged.map((job) => part(job, (messageId) => !admitted.has(messageId)));
  return { now: now.filter(namesAny), later: later.filter(namesAny) };
}

function merge(jobs: DeliveryJobData[]): DeliveryJobData[] {
  const alike = Map.groupBy(jobs, (job) =>
    [accountOf(job), job.mayHaveBeenSent, job.deaths].map(String).join(' '),
  );
  return [...alike.values()].flatMap((some) => {
    const { messages: _, deliveries: __, ...marks } = some[0] ?? {};
    return [
      ...mergeMessages(some.flatMap(({ messages = [] }) => messages)),
      ...mergeDeliveries(some.flatMap(({ deliveries = [] }) => deliveries)),
    ].map((merged) => ({ ...marks, ...merged }));
  });
}

/** Scheduled messages have a job each, and a lease of one message costs as much as a lease of a hundred. */
function mergeMessages(groups: MessageGroup[]): DeliveryJobData[] {
  const messages = groups.flatMap(({ messageIds, ...ids }) => messageIds.map((id) => ({ ...ids, id })));
  return chunksOf(messages, MAX_REFS_PER_JOB).map((chunk) => ({ messages: groupByApp(chunk) }));
}

const mergeDeliveries = (refs: DeliveryRef[]): DeliveryJobData[] =>
  chunksOf(refs, MAX_REFS_PER_JOB).map((deliveries) => ({ deliveries }));

function part(
  { messages, deliveries = [], ...mark }: DeliveryJobData,
  isIn: (messageId: string) => boolean,
): DeliveryJobData {
  if (messages === undefined) {
    return { ...mark, deliveries: deliveries.filter(({ messageId }) => isIn(messageId)) };
  }
  const groups = messages.map((group) => ({ ...group, messageIds: group.messageIds.filter(isIn) }));
  return { ...mark, messages: groups.filter(({ messageIds }) => messageIds.length > 0) };
}

const namesAny = ({ messages = [], deliveries = [] }: DeliveryJobData) =>
  messages.length > 0 || deliveries.length > 0;
