import type { Account } from '../accounts/account.ts';
import type { App } from '../apps/app.ts';
import type { WebhookEvent } from '../apps/webhook-event.ts';
import type { Attempt } from '../attempts/attempt.ts';
import type { EndpointWithParents } from '../endpoints/endpoints.ts';
import type { HookHelper } from '../hook-helpers/hook-helper.ts';
import type { Delivery } from '../messages/delivery.ts';
import type { Message } from '../messages/message.ts';
import type { Plan } from '../plans/plans.ts';
import type { Month } from '../quotas/month.ts';
import type { Usage } from '../quotas/usage.ts';
import type { Subscription } from '../subscriptions/subscription.ts';

/** How an export writes things: as the API does. What holds a payload is JSON text, in which that stands as it was written. */
export interface PresentExport {
  account(account: Account, plan: Plan, used: { usage: Usage; month: Month }): object;
  app(app: App): object;
  webhookEvent(event: WebhookEvent, app: App): string;
  subscription(subscription: Subscription, app: App): object;
  endpoint(
    endpoint: EndpointWithParents,
    surroundings: { errorRate: number; appEvents: WebhookEvent[] },
  ): object;
  hookHelper(helper: HookHelper, origin: string): object;
  message(message: Message): string;
  delivery(delivery: Delivery): object;
  /** Without what was sent: that is the message's. */
  attempt(attempt: Attempt): string;
}
