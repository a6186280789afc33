import type { App } from '#src/domain/apps/app.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Container } from '#src/container.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { type Message, webhookBody } from '#src/domain/messages/message.ts';
import { sentAs } from '#src/domain/messages/sent-as.ts';
import { compileRequestRules } from '#src/domain/outbound-rules/request-rules.ts';
import { shownRequestHeaders } from '#src/pipeline/send/outgoing-request.ts';
import { signingKeyOf } from '#src/pipeline/routing/signing-key.ts';

interface Sent {
  container: Pick<Container, 'config' | 'endpoints'>;
  app: App;
  endpoint: Endpoint;
  message: Message;
  attempt: Attempt;
}

/**
 * The request headers, signature included, credentials and values of static headers hidden. Derived from the stored
 * rows, because they are a pure function of them.
 */
export function sentHeaders(sent: Sent): [string, string][] {
  const { container, app, endpoint, message, attempt } = sent;
  const webhook = {
    message,
    body: webhookBody(message),
    endpoint: {
      id: endpoint.id,
      signingKeys: [signingKeyOf(container.endpoints.revealSecret(endpoint))],
      requestRules: compileRequestRules(container.endpoints.revealRules(endpoint), () => ({})),
    },
    app: sentAs(app),
    attemptNumber: attempt.attemptNumber,
    trigger: attempt.trigger,
    isPossibleDuplicate: attempt.isPossibleDuplicate,
    attemptedAtMs: attempt.attemptedAt.getTime(),
    version: container.config.version,
  };
  return Object.entries(shownRequestHeaders(webhook));
}
