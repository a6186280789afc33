import type { ExportedShapes } from '#src/domain/imports/refuse-strangers.ts';
import type { PresentExport } from '#src/domain/exports/present-export.ts';
import { accountShape, presentAccount } from '#src/surfaces/api/presenters/account.ts';
import { appShape, presentApp } from '#src/surfaces/api/presenters/app.ts';
import { attemptShape, presentAttempt } from '#src/surfaces/api/presenters/attempt.ts';
import { endpointShape, presentEndpoint } from '#src/surfaces/api/presenters/endpoint.ts';
import { hookHelperShape, presentHookHelper } from '#src/surfaces/api/presenters/hook-helper.ts';
import {
  deliveryShape,
  messageShape,
  presentDelivery,
  presentMessage,
} from '#src/surfaces/api/presenters/message.ts';
import { presentSubscription, subscriptionShape } from '#src/surfaces/api/presenters/subscription.ts';
import { presentTransformation, transformationShape } from '#src/surfaces/api/presenters/transformation.ts';
import { presentWebhookEvent, webhookEventShape } from '#src/surfaces/api/presenters/webhook-event.ts';

/** Export lines have the shapes of the API's answers. */
export const exportPresenters: PresentExport = {
  account: presentAccount,
  app: presentApp,
  webhookEvent: presentWebhookEvent,
  transformation: presentTransformation,
  subscription: presentSubscription,
  endpoint: presentEndpoint,
  hookHelper: presentHookHelper,
  message: presentMessage,
  delivery: presentDelivery,
  attempt: (attempt) =>
    // Removes the members that belong to the message. The match is safe, because JSON strings escape their quotes.
    OF_THE_MESSAGE.reduce(
      (text, member) => text.replace(`,"${member}":null`, ''),
      presentAttempt(attempt, { message: undefined, sent: undefined, requestHeaders: null }),
    ),
};

export const exportedShapes: ExportedShapes = {
  account: accountShape,
  app: appShape,
  webhook_event: webhookEventShape,
  transformation: transformationShape,
  subscription: subscriptionShape,
  endpoint: endpointShape,
  hook_helper: hookHelperShape,
  message: messageShape,
  delivery: deliveryShape,
  attempt: attemptShape,
};

const OF_THE_MESSAGE = ['payload', 'payload_base64', 'event_id', 'request_headers'];
