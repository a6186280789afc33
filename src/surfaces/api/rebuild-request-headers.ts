import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Container } from '#src/container.ts';
import { type Message, webhookBody } from '#src/domain/messages/message.ts';
import { requestHeaders } from '#src/pipeline/send/request-headers.ts';

/**
 * The headers that an attempt was sent with. They are not stored with it but built again; null when what they are built
 * from (the message, the endpoint) is gone.
 */
export async function requestHeadersOf(
  { config, directory }: Container,
  attempt: Attempt,
  message: Message | undefined,
): Promise<Record<string, string> | null> {
  const app = await directory.get(attempt.appId);
  const endpoint = app?.endpoints.get(attempt.endpointId);
  if (app === null || endpoint === undefined || message === undefined) return null;
  return requestHeaders({
    message,
    body: webhookBody(message),
    endpoint,
    app,
    attemptNumber: attempt.attemptNumber,
    attemptedAtMs: attempt.attemptedAt.getTime(),
    version: config.version,
  });
}
