import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { messageSentBy } from '#src/domain/transformations/as-sent.ts';
import { webhookBody } from '#src/domain/messages/message.ts';
import { type CurlCommand, curlOfRequest } from '#src/surfaces/html/curl-of-request.ts';
import type { DeliveryStory } from '#src/surfaces/html/delivery-story.ts';
import { sentHeaders } from '#src/surfaces/html/sent-headers.ts';

/** A command that posts the request of the latest attempt; null where what was sent is not known any more. */
export async function curlOfAttempt(
  container: Pick<Container, 'config' | 'endpoints' | 'executions'>,
  app: App,
  { latest: attempt, endpoint, message }: DeliveryStory,
): Promise<CurlCommand | null> {
  if (attempt === undefined || endpoint === null) return null;
  const { executionId, accountId } = attempt;
  const executions = await container.executions.byIds(accountId, executionId === null ? [] : [executionId]);
  const sent = messageSentBy(attempt, message, executions);
  if (sent === undefined) return null;
  return curlOfRequest({
    url: urlOf(endpoint.url),
    headers: sentHeaders({ container, app, endpoint, message: sent, attempt }),
    body: webhookBody(sent),
    bodyFile: `${message.id}.json`,
  });
}

export const urlOf = (url: string) => URL.parse(url)?.href ?? '';
