import type { PoolClient } from 'pg';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import { enterQueues, leaveQueues, type NewEntry } from '#src/domain/endpoint-queues/queue-entries.ts';
import { wakeQueues } from '#src/domain/endpoint-queues/queue-wakes.ts';

type QueueStatement = (client: PoolClient) => Promise<void>;

/**
 * The statements that follow the moves of deliveries of queued endpoints: what ended leaves its queue, what is to be
 * attempted again waits in it. None where no outcome is of such an endpoint.
 */
export function queueOutcomes(moves: DeliveryOutcome[]): QueueStatement[] {
  if (!moves.some(isOfQueue)) return [];
  const queued = moves.filter(isOfQueue);
  const byAccount = Map.groupBy(queued, ({ delivery }) => delivery.message.accountId);
  const statements = [...byAccount.keys()].toSorted().flatMap((accountId) => {
    const { again = [], ended = [] } = Object.groupBy(byAccount.get(accountId) ?? [], ({ state }) =>
      state === 'scheduled' ? 'again' : 'ended',
    );
    const entries = again.flatMap(entryOf);
    return [
      ...(ended.length > 0 ? [(client: PoolClient) => leaveQueues(client, accountId, ended.map(keyOf))] : []),
      ...(entries.length > 0 ? [(client: PoolClient) => enterQueues(client, accountId, entries)] : []),
    ];
  });
  const queues = queued.map(({ delivery: { message, endpointId } }) => ({
    accountId: message.accountId,
    appId: message.appId,
    endpointId,
  }));
  return [...statements, (client) => wakeQueues(client, queues)];
}

const isOfQueue = ({ delivery, entersQueue }: DeliveryOutcome) =>
  delivery.isQueued === true || entersQueue === true;

const keyOf = ({ delivery: { message, endpointId } }: DeliveryOutcome) => ({
  messageId: message.id,
  endpointId,
});

function entryOf(outcome: DeliveryOutcome): NewEntry[] {
  const { delivery, wasSent, mayBeTaken, nextAttemptAt: dueAt } = outcome;
  if (dueAt === null) return [];
  const { message, trigger } = delivery;
  return [
    {
      ...keyOf(outcome),
      dueAt,
      // What was not sent keeps its trigger; a retry after a failure is automatic.
      trigger: wasSent || trigger === 'test' ? 'automatic' : trigger,
      mayHaveBeenSent: delivery.mayHaveBeenSent === true || mayBeTaken,
      orderingKey: message.orderingKey ?? null,
      coalesceKey: message.coalesceKey ?? null,
    },
  ];
}
