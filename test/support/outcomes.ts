import { randomUUID } from 'node:crypto';
import type { Container } from '#src/container.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { Lease } from '#src/domain/deliveries/lease.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';
import { EVENT_TYPE, type SubscribedApp } from './subscribed-app.ts';

// Outcomes and leases for tests of races and of refused writes, which no request from outside can order. Where a
// delivery can be observed at a receiver or in the API, the test posts it there.

/** A message to the app's endpoint, which is stored nowhere. */
export function messageFor({ app, endpoint }: SubscribedApp, changes: Partial<Message> = {}): Message {
  return {
    id: uuidv7(Date.now()),
    accountId: app.accountId,
    appId: app.id,
    eventType: EVENT_TYPE,
    version: '1.0',
    eventId: null,
    overridePayload: true,
    subscriptionId: null,
    endpointId: null,
    endpointIds: [endpoint.id],
    deliveriesCount: 1,
    headers: null,
    channels: null,
    deliverAt: null,
    contentType: null,
    data: '{}',
    ...changes,
  };
}

/** A delivery to attempt, under a lease of its own that does not end. */
export function workFor(subscribed: SubscribedApp, message = messageFor(subscribed)): LeasedDelivery {
  return {
    message,
    endpointId: subscribed.endpoint.id,
    attemptsMade: 0,
    dueAt: null,
    trigger: 'automatic',
    lease: leaseOf(1),
    bytes: 0,
  };
}

/** Writes the job of the delivery's lease, as the process that leased it did. */
export async function writeLease({ pool, queue }: Container, { lease }: LeasedDelivery): Promise<void> {
  const job = { id: lease.jobId, data: lease.data, startAfterSeconds: 3600 };
  await transaction(pool, (client) => queue.insert('deliver', [job], client));
}

function leaseOf(deliveries: number): Lease {
  const lease = new Lease({ jobId: randomUUID(), data: {}, expiresAtMs: Infinity });
  lease.cover(deliveries);
  return lease;
}

/** The outcome of a delivery, by default delivered at its first attempt. Counts one more delivery of its lease. */
export function outcomeOf(
  delivery: LeasedDelivery,
  {
    attempt = {},
    ...changes
  }: Partial<Omit<DeliveryOutcome, 'attempt'>> & { attempt?: Partial<Attempt> } = {},
): DeliveryOutcome {
  delivery.lease.cover(1);
  const outcome = {
    id: randomUUID(),
    wasSent: true,
    mayBeTaken: false,
    state: 'delivered' as const,
    reason: null,
    attemptsMade: 1,
    retryInSeconds: null,
    nextAttemptAt: null,
    recovers: false,
    warns: false,
    turnsOff: null,
    hold: null,
    ...changes,
  };
  return { ...outcome, delivery, attempt: { ...attemptOf(delivery, outcome), ...attempt } };
}

function attemptOf(
  { message, endpointId }: LeasedDelivery,
  { state, attemptsMade }: Pick<DeliveryOutcome, 'state' | 'attemptsMade'>,
): Attempt {
  const succeeded = state === 'delivered';
  return {
    id: uuidv7(Date.now()),
    attemptedAt: new Date(),
    accountId: message.accountId,
    appId: message.appId,
    messageId: message.id,
    endpointId,
    subscriptionId: endpointId,
    eventType: message.eventType,
    attemptNumber: attemptsMade,
    trigger: 'automatic',
    outcome: 'status',
    succeeded,
    statusCode: succeeded ? 200 : 500,
    durationMs: 1,
    timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 1 },
    errorMessage: succeeded ? '' : 'It answered 500.',
    responseHeaders: [],
    responseBody: '',
    isPossibleDuplicate: false,
    wasRepeated: false,
    mayBeTaken: false,
    executionId: null,
    nextAttemptAt: null,
  };
}
