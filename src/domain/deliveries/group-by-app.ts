import type { MessageGroup } from '#src/infra/queue/jobs.ts';

/** Names messages in a job, those of an app together, because most flushes are of one app. */
export function groupByApp(messages: { accountId: string; appId: string; id: string }[]): MessageGroup[] {
  const groups = new Map<string, MessageGroup>();
  for (const { accountId, appId, id } of messages) {
    const group = groups.get(appId) ?? { accountId, appId, messageIds: [] };
    group.messageIds.push(id);
    groups.set(appId, group);
  }
  return [...groups.values()];
}
