import type { App } from '../../apps/app.ts';
import type { WebhookEvent } from '../../apps/webhook-event.ts';
import { presentAppBriefly } from './app.ts';

export function presentWebhookEvent(event: WebhookEvent, app: App) {
  return {
    ...presentWebhookEventBriefly(event),
    description: event.description,
    sample_payload: event.samplePayload,
    schema: event.schema ?? null,
    app: presentAppBriefly(app),
  };
}

/** A webhook event inside of an endpoint that receives it. */
export function presentWebhookEventBriefly({ id, eventType, createdAt }: WebhookEvent) {
  return { id, event_type: eventType, created_at: createdAt };
}
