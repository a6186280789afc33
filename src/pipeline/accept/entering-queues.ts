import { ignoreDuplicates } from '#src/domain/deliveries/transitions/ignore-duplicates.ts';
import { enterQueues } from '#src/domain/endpoint-queues/queue-entries.ts';
import { type ComparedDelivery, takeFirsts } from '#src/domain/endpoint-queues/take-firsts.ts';
import { wakeQueues } from '#src/domain/endpoint-queues/queue-wakes.ts';
import type { Statement } from '#src/infra/database/pipelined.ts';
import type { RoutedMessage } from './routed-message.ts';

/** The statements that put accepted messages into the queues of endpoints; none where no endpoint has one. */
export function enteringQueues(routedMessages: RoutedMessage[]): Statement<void>[] {
  const queued = routedMessages.filter((one) => one.queued !== undefined);
  if (queued.length === 0) return [];
  const byAccount = Map.groupBy(queued, ({ message }) => message.accountId);
  const queues = queued.flatMap(({ message: { accountId, appId }, queued: waiting = [] }) =>
    waiting.map(({ endpointId }) => ({ accountId, appId, endpointId })),
  );
  return [
    ...[...byAccount.keys()].toSorted().flatMap((accountId): Statement<void>[] => {
      const ofAccount = byAccount.get(accountId) ?? [];
      const entries = ofAccount.flatMap(entriesOf);
      return [
        ...ignoringDuplicates(accountId, ofAccount.flatMap(comparedOf)),
        (client) => enterQueues(client, accountId, entries),
      ];
    }),
    (client) => wakeQueues(client, queues),
  ];
}

/** What is ignored here does not enter a queue after it. */
function ignoringDuplicates(accountId: string, compared: ComparedDelivery[]): Statement<void>[] {
  if (compared.length === 0) return [];
  return [
    (client) => takeFirsts(client, accountId, compared),
    (client) => ignoreDuplicates(client, accountId, compared),
  ];
}

const comparedOf = ({ message, queued = [] }: RoutedMessage): ComparedDelivery[] =>
  queued.flatMap(({ endpointId, sameness }) =>
    sameness === undefined ? [] : [{ messageId: message.id, endpointId, ...sameness }],
  );

const entriesOf = ({ message, queued = [] }: RoutedMessage) =>
  queued.map(({ endpointId, dueAt }) => ({
    messageId: message.id,
    endpointId,
    dueAt,
    trigger: 'automatic' as const,
    mayHaveBeenSent: false,
    orderingKey: message.orderingKey ?? null,
    coalesceKey: message.coalesceKey ?? null,
  }));
