import type { Router } from 'express';
import { readVersions } from '#src/domain/apps/schema-versions.ts';
import type { WebhookEvent } from '#src/domain/apps/webhook-event.ts';
import type { Container } from '#src/container.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';
import { payloadOf } from '#src/surfaces/html/payload-view.ts';
import { contextOf, renderPortal } from './portal-page.ts';
import { PortalRoutes } from './portal-routes.ts';

/** The catalogue of webhook events: what each is, its schema and its sample. */
export function eventPages(container: Pick<Container, 'apps' | 'portalLinks' | 'webhookEvents'>): Router {
  const pages = new PortalRoutes(container);

  pages.get('view', '/:subscription/events', async (asked) => {
    const context = contextOf(asked);
    const events = (await container.webhookEvents.all(context.app)).map(({ id, eventType, description }) => ({
      eventType,
      description,
      href: `${context.home}/events/${id}`,
    }));
    await renderPortal(context, { view: 'events', title: 'Events', model: { events } });
  });

  pages.get('view', '/:subscription/events/:event', async (asked) => {
    const context = contextOf(asked);
    const event = await container.webhookEvents.get(context.app, asked.req.params.event);
    const { eventType, description } = event;
    const model = { event: { eventType, description, versions: versionsOf(event) } };
    await renderPortal(context, { view: 'event', title: eventType, model });
  });

  return pages.router;
}

/** How the data looks: in each version that is different, and in all others. */
function versionsOf(event: WebhookEvent) {
  const { schema, samplePayloadText } = event;
  const own = readVersions(event.versionsText);
  const others = { name: own.length === 0 ? null : 'All other versions', sample: samplePayloadText, schema };
  const all = own.map((one) => ({
    name: `Version ${one.version}`,
    sample: one.exampleText ?? samplePayloadText,
    schema: one.schema ?? schema,
  }));
  return [...all, others].map(({ name, sample, schema: rules }) => ({
    name,
    sample: payloadOf(sample),
    schema: rules === null ? null : payloadOf(pretty(rules)),
  }));
}

const pretty = (schema: JsonValue) => JSON.stringify(schema, null, 2);
