import type { App } from '../../apps/app.ts';
import type { WebhookEvent } from '../../apps/webhook-event.ts';
import { withRawMember } from '../answer.ts';
import { presentAppBriefly } from './app.ts';

/** JSON text, because the sample stands in it exactly as it was written. */
export function presentWebhookEvent(event: WebhookEvent, app: App): string {
  return withRawMember(
    {
      ...presentWebhookEventBriefly(event),
      description: event.description,
      schema: event.schema ?? null,
      app: presentAppBriefly(app),
    },
    'sample_payload',
    event.samplePayloadText,
  );
}

/** A webhook event inside of an endpoint that receives it. */
export function presentWebhookEventBriefly({ id, eventType, createdAt }: WebhookEvent) {
  return { id, event_type: eventType, created_at: createdAt };
}
