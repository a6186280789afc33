import type { Announcements } from '#src/domain/announcements/announcements.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { announceHolds } from '#src/domain/deliveries/endpoint-hold.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import { applyOutcomes, leasesToKeep } from '#src/domain/deliveries/transitions/apply-outcomes.ts';
import type { DatabaseEngine } from '#src/infra/database/engine.ts';
import { ask, following, type Statement } from '#src/infra/database/pipelined.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { NewJob } from '#src/infra/queue/jobs.ts';
import { endJobs, enqueue } from '#src/infra/queue/statements.ts';
import { announceDeliveries } from './announce-deliveries.ts';
import { queueOutcomes } from './queue-outcomes.ts';
import { changeEndpointHealth } from './endpoint-health.ts';
import { recordAttempts } from './record-attempts.ts';
import { recordAttemptsOnCitus } from './record-attempts-on-citus.ts';

interface Batch {
  outcomes: DeliveryOutcome[];
  /** Those of the outcomes that write the row of their delivery. */
  moves: DeliveryOutcome[];
  /** The jobs of leases that are over with this batch. */
  finishedJobIds: string[];
  now: Date;
  /** The process, as {@link announceHolds} names it. */
  by: string;
  /** Of the process, where it counts. */
  shard: number;
}

/**
 * The statements of the transaction that writes a batch: attempts, states, retry jobs, ends of leases, the endpoints'
 * health. What needs an answer waits for it: states, when a delivery was not sent, for whether its lease exists;
 * warnings and turning off for whether something succeeded.
 */
export function settlingStatements(
  { queue, engine, announcements }: { queue: JobQueue; engine: DatabaseEngine; announcements: Announcements },
  { outcomes, moves, finishedJobIds, now, by, shard }: Batch,
): Statement<unknown>[] {
  const attempts = outcomes.flatMap(({ attempt }) => (attempt === null ? [] : [attempt]));
  const retries = outcomes.flatMap(retryJob);
  const leaseIds = leasesToKeep(moves);
  const kept = leaseIds.length > 0 ? ask((client) => queue.keep('deliver', leaseIds, client)) : undefined;
  const rest = [
    ...applyOutcomes(moves),
    ...queueOutcomes(moves),
    ...(retries.length > 0 ? [enqueue(queue, 'retry', retries)] : []),
    ...(finishedJobIds.length > 0 ? [endJobs(queue, 'deliver', finishedJobIds)] : []),
    ...changeEndpointHealth(outcomes, now, announcements),
    ...announceDeliveries(outcomes, announcements),
    ...announceHolds(outcomes, by),
  ];
  return [
    ...(attempts.length > 0 ? [recording(attempts, { engine, shard })] : []),
    ...(kept === undefined ? rest : [kept.statement, ...following(kept.answer, rest)]),
  ];
}

function recording(
  attempts: Attempt[],
  { engine, shard }: { engine: DatabaseEngine; shard: number },
): Statement<void> {
  return engine === 'citus'
    ? (client) => recordAttemptsOnCitus(client, attempts, shard)
    : (client) => recordAttempts(client, attempts, shard);
}

/** The job of the next attempt. Its id is the outcome's, so an outcome that is written again makes the same job. */
function retryJob({
  id,
  delivery,
  wasSent,
  mayBeTaken,
  retryInSeconds,
  attemptsMade,
  nextAttemptAt,
  entersQueue,
}: DeliveryOutcome): NewJob[] {
  if (retryInSeconds === null || nextAttemptAt === null) return [];
  // It waits in the queue of its endpoint instead.
  if (delivery.isQueued === true || entersQueue === true) return [];
  const { accountId, appId, id: messageId } = delivery.message;
  const { endpointId, missedAs } = delivery;
  const mayHaveBeenSent = delivery.mayHaveBeenSent ?? (mayBeTaken ? true : undefined);
  const dueAt = nextAttemptAt.toISOString();
  const ref = {
    accountId,
    appId,
    messageId,
    endpointId,
    attemptsMade,
    dueAt,
    // A snoozed delivery keeps its trigger; a retry after a failure is automatic.
    trigger: !wasSent && delivery.trigger !== 'test' ? delivery.trigger : ('automatic' as const),
    missedAs,
  };
  const data = { deliveries: [ref], ...(mayHaveBeenSent && { mayHaveBeenSent }) };
  return [{ id, data, startAfterSeconds: retryInSeconds }];
}
