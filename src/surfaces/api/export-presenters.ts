import type { PresentExport } from '#src/domain/exports/present-export.ts';
import { presentAccount } from '#src/surfaces/api/presenters/account.ts';
import { presentApp } from '#src/surfaces/api/presenters/app.ts';
import { presentAttempt } from '#src/surfaces/api/presenters/attempt.ts';
import { presentEndpoint } from '#src/surfaces/api/presenters/endpoint.ts';
import { presentHookHelper } from '#src/surfaces/api/presenters/hook-helper.ts';
import { presentDelivery, presentMessage } from '#src/surfaces/api/presenters/message.ts';
import { presentSubscription } from '#src/surfaces/api/presenters/subscription.ts';
import { presentWebhookEvent } from '#src/surfaces/api/presenters/webhook-event.ts';

/** Export lines have the shapes of the API's answers. */
export const exportPresenters: PresentExport = {
  account: presentAccount,
  app: presentApp,
  webhookEvent: presentWebhookEvent,
  subscription: presentSubscription,
  endpoint: presentEndpoint,
  hookHelper: presentHookHelper,
  message: presentMessage,
  delivery: presentDelivery,
  attempt: (attempt) =>
    // Removes the members that belong to the message. The match is safe, because JSON strings escape their quotes.
    OF_THE_MESSAGE.reduce(
      (text, member) => text.replace(`,"${member}":null`, ''),
      presentAttempt(attempt, { message: undefined, requestHeaders: null }),
    ),
};

const OF_THE_MESSAGE = ['payload', 'payload_base64', 'event_id', 'request_headers'];
