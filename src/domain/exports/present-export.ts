import type { Account } from '#src/domain/accounts/account.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { EventHead, WebhookEvent } from '#src/domain/apps/webhook-event.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { Plan } from '#src/domain/plans/plans.ts';
import type { Month } from '#src/domain/quotas/month.ts';
import type { Usage } from '#src/domain/quotas/usage.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import type { Transformation } from '#src/domain/transformations/transformation.ts';

/** The API's presenters. Those that return a string return JSON text, because it keeps a payload as it was written. */
export interface PresentExport {
  account(account: Account, plan: Plan, used: { usage: Usage; month: Month }): object;
  app(app: App): object;
  webhookEvent(event: WebhookEvent, app: App): string;
  transformation(transformation: Transformation): object;
  subscription(subscription: Subscription, app: App): object;
  endpoint(
    endpoint: EndpointWithParents,
    surroundings: { errorRate: number; appEvents: EventHead[] },
  ): object;
  hookHelper(helper: HookHelper, origin: string): object;
  message(message: Message): string;
  delivery(delivery: Delivery): object;
  /** Without the request body, because the message has it. */
  attempt(attempt: Attempt): string;
}
