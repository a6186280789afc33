import { enterQueues } from '#src/domain/endpoint-queues/queue-entries.ts';
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
    ...[...byAccount.keys()].toSorted().map((accountId): Statement<void> => {
      const entries = (byAccount.get(accountId) ?? []).flatMap(entriesOf);
      return (client) => enterQueues(client, accountId, entries);
    }),
    (client) => wakeQueues(client, queues),
  ];
}

const entriesOf = ({ message, queued = [] }: RoutedMessage) =>
  queued.map(({ endpointId, dueAt }) => ({
    messageId: message.id,
    endpointId,
    dueAt,
    trigger: 'automatic' as const,
    mayHaveBeenSent: false,
    orderingKey: message.orderingKey ?? null,
  }));
