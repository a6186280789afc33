import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Container } from '#src/container.ts';
import { type Message, webhookBody } from '#src/domain/messages/message.ts';
import { shownRequestHeaders } from '#src/pipeline/send/outgoing-request.ts';

/**
 * Rebuilds the request headers of an attempt, because they are not stored; without credentials. Null when the message
 * or the endpoint no longer exists.
 */
export async function requestHeadersOf(
  { config, directory }: Pick<Container, 'config' | 'directory'>,
  attempt: Attempt,
  message: Message | undefined,
): Promise<Record<string, string> | null> {
  const app = await directory.get(attempt.appId);
  const endpoint = app?.endpoints.get(attempt.endpointId);
  if (app === null || endpoint === undefined || message === undefined) return null;
  return shownRequestHeaders({
    message,
    body: webhookBody(message),
    endpoint,
    app,
    attemptNumber: attempt.attemptNumber,
    trigger: attempt.trigger,
    isPossibleDuplicate: attempt.isPossibleDuplicate,
    attemptedAtMs: attempt.attemptedAt.getTime(),
    version: config.version,
  });
}
