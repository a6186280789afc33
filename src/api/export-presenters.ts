import type { PresentExport } from '../exports/present-export.ts';
import { presentAccount } from './presenters/account.ts';
import { presentApp } from './presenters/app.ts';
import { presentAttempt } from './presenters/attempt.ts';
import { presentEndpoint } from './presenters/endpoint.ts';
import { presentHookHelper } from './presenters/hook-helper.ts';
import { presentDelivery, presentMessage } from './presenters/message.ts';
import { presentSubscription } from './presenters/subscription.ts';
import { presentWebhookEvent } from './presenters/webhook-event.ts';

/** What an export holds is what the API answers. */
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
    // Members that are the message's; with their quotes they can stand in no text of the answer.
    OF_THE_MESSAGE.reduce(
      (text, member) => text.replace(`,"${member}":null`, ''),
      presentAttempt(attempt, { message: undefined, requestHeaders: null }),
    ),
};

const OF_THE_MESSAGE = ['payload', 'payload_base64', 'event_id', 'request_headers'];
