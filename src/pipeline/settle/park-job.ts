import type { PoolClient } from 'pg';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { type ParkedDelivery, parkDeliveries } from '#src/domain/deliveries/transitions/park-deliveries.ts';
import { leaveQueues } from '#src/domain/endpoint-queues/queue-entries.ts';
import { wakeQueues } from '#src/domain/endpoint-queues/queue-wakes.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import { accountOf, type DeliveryJobData, MAX_DEATHS } from '#src/infra/queue/jobs.ts';
import { recordAttempts } from './record-attempts.ts';

interface Dependencies {
  queue: Pick<JobQueue, 'park'>;
  clock: Clock;
}

/** Of each parked delivery, as its attempt says it. */
const PARKED = `It was set aside, because ${String(MAX_DEATHS)} of our processes ended while they sent it. A replay sends it again.`;

/**
 * Parks a job of the delivery queues that was fetched in the transaction of `client`: its deliveries end as failed,
 * with an attempt that tells why, so that a replay can send them.
 */
export async function parkJob(
  { queue, clock }: Dependencies,
  job: DeliveryJobData,
  client: PoolClient,
): Promise<void> {
  const parked = await parkDeliveries(client, job);
  const subscriptions = await subscriptionsOf(client, parked);
  const attempts = parked.flatMap((delivery) => {
    const subscriptionId = subscriptions.get(delivery.endpointId);
    return subscriptionId === undefined ? [] : [attemptOf(delivery, subscriptionId, clock.now())];
  });
  if (attempts.length > 0) await recordAttempts(client, attempts);
  const keys = parked.map(({ messageId, endpointId }) => ({ messageId, endpointId }));
  const queued = job.deliveries?.filter(({ isQueued }) => isQueued === true) ?? [];
  if (queued.length > 0) {
    await leaveQueues(client, accountOf(job) ?? '', keys);
    await wakeQueues(client, queued);
  }
  await queue.park('deliver', { accountId: accountOf(job), ...job }, client);
}

/** The subscriptions of the endpoints that are still there, by the id of the endpoint. */
async function subscriptionsOf(client: PoolClient, parked: ParkedDelivery[]): Promise<Map<string, string>> {
  const { rows } = await client.query<{ id: string; subscriptionId: string }>(
    `select id, subscription_id as "subscriptionId" from endpoints where account_id = $1 and id = any($2)`,
    [parked[0]?.accountId, parked.map(({ endpointId }) => endpointId)],
  );
  return new Map(rows.map(({ id, subscriptionId }) => [id, subscriptionId]));
}

function attemptOf(
  { attemptsMade, ...delivery }: ParkedDelivery,
  subscriptionId: string,
  nowMs: number,
): Attempt {
  return {
    ...delivery,
    id: uuidv7(nowMs),
    attemptedAt: new Date(nowMs),
    subscriptionId,
    attemptNumber: attemptsMade,
    outcome: 'parked',
    succeeded: false,
    statusCode: null,
    durationMs: 0,
    timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null },
    errorMessage: PARKED,
    responseHeaders: null,
    responseBody: null,
    isPossibleDuplicate: true,
    wasRepeated: false,
    mayBeTaken: false,
    executionId: null,
    nextAttemptAt: null,
  };
}
