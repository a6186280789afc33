import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { sampleOf } from '#src/domain/apps/schema-versions.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { webhookBody } from '#src/domain/messages/message.ts';
import { ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import { headerPrefixOf } from '#src/domain/signature-doctor/signature-doctor.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { counted, durationInWords, listed } from '#src/infra/lib/in-words.ts';
import { personalSamples, secretName } from '#src/surfaces/html/personal-samples.ts';
import { consoleFields, openConsole, runConsole } from '#src/surfaces/html/signature-console.ts';
import { contextOf, type PortalContext, renderPortal } from './portal-page.ts';
import { type Asked, PortalRoutes } from './portal-routes.ts';

const SIGNATURE_PATH = '/:subscription/endpoints/:endpoint/signature';
const DEFAULT_LANGUAGE = 'node';

type Parts = Pick<
  Container,
  | 'apps'
  | 'attempts'
  | 'clock'
  | 'config'
  | 'endpoints'
  | 'executions'
  | 'messages'
  | 'portalLinks'
  | 'signatureDoctor'
  | 'webhookEvents'
>;

/** How an endpoint's webhooks are verified, and what is wrong where they are not. */
export function verifyingPages(container: Parts): Router {
  const pages = new PortalRoutes(container);

  const find = async (asked: Asked<{ subscription: string; endpoint: string }>) => {
    const context = contextOf(asked);
    const endpoint = await container.endpoints.getOfSubscription(
      asked.visit.subscription,
      asked.req.params.endpoint,
    );
    return { context, about: { container, app: context.app, endpoint } };
  };

  pages.get('view', '/:subscription/endpoints/:endpoint/verifying', async (asked) => {
    const { context, about } = await find(asked);
    const model = await verifying(about, asked.req.query['language']);
    await render(context, about, { view: 'verifying', model });
  });

  pages.get('view', SIGNATURE_PATH, async (asked) => {
    const { context, about } = await find(asked);
    const { status, ...model } = await openConsole(about, asked.req.query['attempt']);
    await render(context, about, { view: 'signature', model, status });
  });

  // Changes nothing and reveals nothing of the secret: a POST, because of what is pasted.
  pages.post({ capability: 'view', form: consoleFields }, SIGNATURE_PATH, async (asked) => {
    const { context, about } = await find(asked);
    const { status, ...model } = await runConsole(about, asked.req.body);
    await render(context, about, { view: 'signature', model, status });
  });

  return pages.router;
}

interface About {
  container: Parts;
  app: App;
  endpoint: EndpointWithParents;
}

interface Shown {
  view: 'signature' | 'verifying';
  model: object;
  status?: number;
}

async function render(context: PortalContext, { app, endpoint }: About, shown: Shown): Promise<void> {
  const { view, model, status } = shown;
  const href = `${context.home}/endpoints/${endpoint.id}`;
  await renderPortal(context, {
    view,
    title: view === 'verifying' ? `Verify webhooks from ${app.name}` : 'Check a signature',
    status,
    model: { ...model, endpoint: { url: endpoint.url, href }, action: `${href}/signature` },
  });
}

async function verifying({ container, app, endpoint }: About, language: unknown) {
  const { config } = container;
  const provider = { name: app.name, headerPrefix: headerPrefixOf(app) };
  const [own, standard] = (['verify', 'verify-standard'] as const).map((set) => {
    const samples = personalSamples(set, config.http.baseUrl, provider);
    const named = (wanted: unknown) => samples.find((sample) => sample.language === wanted);
    return { samples, shown: named(language) ?? named(DEFAULT_LANGUAGE) };
  });
  return {
    own,
    standard,
    names: ownHeaders(provider.headerPrefix),
    secretName: secretName(app.name),
    example: await exampleOf(container, app, endpoint),
    timeout: durationInWords(config.delivery.timeoutMs / 1000),
    ...retriesOf(endpoint.retryDelaysSeconds ?? app.retryDelaysSeconds ?? config.delivery.retryDelaysSeconds),
  };
}

function retriesOf(delaysSeconds: number[]) {
  return {
    attempts: counted(delaysSeconds.length + 1, 'attempt'),
    delays: delaysSeconds.length === 0 ? null : listed(delaysSeconds.map(durationInWords)),
  };
}

/** A body as it arrives: of the app's first event. */
async function exampleOf({ clock, webhookEvents }: Parts, app: App, endpoint: Endpoint): Promise<string> {
  const event = await webhookEvents.firstOrAsked(app, undefined);
  const body = webhookBody({
    id: uuidv7(clock.now()),
    eventType: event?.eventType ?? 'user.created',
    version: endpoint.version,
    overridePayload: false,
    data: event === null ? '{"id":42}' : sampleOf(event, endpoint.version),
  });
  return String(body);
}
