import type { Response, Router } from 'express';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { sampleOf } from '#src/domain/apps/schema-versions.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoints.ts';
import { webhookBody } from '#src/domain/messages/message.ts';
import { ownHeaders } from '#src/domain/messages/own-headers.ts';
import { headerPrefixOf } from '#src/domain/signature-doctor/signature-doctor.ts';
import type { PortalVisit } from '#src/domain/subscriptions/portal-links.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { counted, durationInWords, listed } from '#src/infra/lib/in-words.ts';
import { personalSamples, secretName } from '#src/surfaces/html/personal-samples.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { consoleFields, openConsole, runConsole } from '#src/surfaces/html/signature-console.ts';
import { PortalRoutes } from './portal-routes.ts';
import { homeOf } from './session.ts';

const SIGNATURE_PATH = '/:subscription/endpoints/:endpoint/signature';
const DEFAULT_LANGUAGE = 'node';

type Parts = Pick<
  Container,
  | 'apps'
  | 'attempts'
  | 'clock'
  | 'config'
  | 'endpoints'
  | 'messages'
  | 'portalLinks'
  | 'signatureDoctor'
  | 'webhookEvents'
>;

/** How an endpoint's webhooks are verified, and what is wrong where they are not. */
export function verifyingPages(container: Parts): Router {
  const pages = new PortalRoutes(container);

  const find = async ({ subscription }: PortalVisit, endpointId: string) => ({
    container,
    app: await container.apps.get(subscription.accountId, subscription.appId),
    endpoint: await container.endpoints.getOfSubscription(subscription, endpointId),
  });

  pages.get('view', '/:subscription/endpoints/:endpoint/verifying', async ({ visit, req, res }) => {
    const about = await find(visit, req.params.endpoint);
    const model = await verifying(about, req.query['language']);
    await render(res, about, { view: 'verifying', model });
  });

  pages.get('view', SIGNATURE_PATH, async ({ visit, req, res }) => {
    const about = await find(visit, req.params.endpoint);
    const { status, ...model } = await openConsole(about, req.query['attempt']);
    await render(res, about, { view: 'signature', model, status });
  });

  // Changes nothing and reveals nothing of the secret: a POST, because of what is pasted.
  pages.post({ capability: 'view', form: consoleFields }, SIGNATURE_PATH, async ({ visit, req, res }) => {
    const about = await find(visit, req.params.endpoint);
    const { status, ...model } = await runConsole(about, req.body);
    await render(res, about, { view: 'signature', model, status });
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

async function render(res: Response, { app, endpoint }: About, shown: Shown): Promise<void> {
  const { view, model, status = 200 } = shown;
  const home = homeOf(endpoint.subscriptionId);
  const href = `${home}/endpoints/${endpoint.id}`;
  const { url, subscription } = endpoint;
  await renderPage(res, {
    view: `portal/${view}`,
    title: view === 'verifying' ? `Verify webhooks from ${app.name}` : 'Check a signature',
    layout: 'portal',
    // An app with header names of its own sends in its own name.
    isWhiteLabel: app.headerPrefix !== null,
    status,
    model: {
      ...model,
      provider: app.name,
      home,
      subscriber: subscription.name,
      endpoint: { url, href },
      action: `${href}/signature`,
    },
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
  const [event] = await webhookEvents.all(app);
  const body = webhookBody({
    id: uuidv7(clock.now()),
    eventType: event?.eventType ?? 'user.created',
    version: endpoint.version,
    overridePayload: false,
    data: event === undefined ? '{"id":42}' : sampleOf(event, endpoint.version),
  });
  return String(body);
}
