import type { Message } from '#src/domain/messages/message.ts';
import type { TestServer } from '#test/support/server.ts';

/** The story of a message at an endpoint, and what an evidence link shows of it. */
export async function pathsOfDelivery(
  { container }: TestServer,
  message: Pick<Message, 'accountId' | 'appId' | 'eventType' | 'id'>,
  endpoint: { id: string },
): Promise<Record<'delivery' | 'evidence', string>> {
  const { url } = await container.evidenceLinks.make(message, {
    endpointId: endpoint.id,
    expiresInSeconds: 86_400,
    showsPayload: true,
  });
  return {
    delivery: `/apps/${message.appId}/messages/${message.id}/deliveries/${endpoint.id}`,
    evidence: new URL(url).pathname,
  };
}
