import type { Request, Response, Router } from 'express';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import type { Container } from '#src/container.ts';
import { sampleOf } from '#src/domain/apps/schema-versions.ts';
import { enabledTypes } from '#src/domain/endpoints/enabled-events.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { countBacklog, MAX_COUNTED } from '#src/domain/deliveries/count-backlog.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { accountPath, currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { attemptBadge, resultOf } from '#src/surfaces/html/badges.ts';
import { choiceOf, endpointFields, statusForm, testForm } from '#src/surfaces/html/endpoint-form.ts';
import { enabledEvents, refuseUnclear } from '#src/surfaces/html/event-choice.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { graceIn, SECRET_GRACES, secretRotation } from '#src/surfaces/html/secret-rotation.ts';
import { readReplay } from '#src/surfaces/html/repair.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { replaysOfOwn } from './own-webhook-replays.ts';

type Parts = Pick<
  Container,
  | 'attempts'
  | 'endpoints'
  | 'endpointSecrets'
  | 'ownEndpoints'
  | 'pool'
  | 'replays'
  | 'sampleSender'
  | 'webhookEvents'
>;

const HOME = '/settings/webhooks';
const SHOWN_ATTEMPTS = 25;

const fields = endpointFields.omit({ version: true });
const form = fields.superRefine(refuseUnclear).transform(({ url, description, ...choice }) => ({
  url,
  description,
  enabledEvents: enabledEvents(choice),
}));

/** The endpoints at which the account hears of itself: add, change, test, secret, log. */
export function ownWebhookPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { endpoints, ownEndpoints } = container;
  const find = (req: Request<{ endpoint: string }>) =>
    ownEndpoints.get(currentVisit(req).accountId, req.params.endpoint);

  pages.get('see', HOME, (req, res) =>
    renderList(container, { req, res, form: blankForm({ events: 'all' }) }),
  );

  pages.post({ right: 'edit', form: fields }, HOME, async (req, res) => {
    const { accountId } = currentVisit(req);
    const result = await submit(form, req.body, (input) => ownEndpoints.create(accountId, input));
    if ('form' in result) await renderList(container, { req, res, ...result });
    else redirectWith(res, `${HOME}/${result.saved.id}`, 'endpoint_created');
  });

  pages.get('see', `${HOME}/:endpoint`, async (req, res) => {
    await renderOne(container, { req, res, endpoint: await find(req) });
  });

  pages.post({ right: 'edit', form: fields }, `${HOME}/:endpoint`, async (req, res) => {
    const endpoint = await find(req);
    const result = await submit(form, req.body, (input) => endpoints.update(endpoint, input));
    if ('form' in result) await renderOne(container, { req, res, endpoint, ...result });
    else redirectWith(res, `${HOME}/${endpoint.id}`, 'endpoint_saved');
  });

  addActions(pages, container, find);
  replaysOfOwn(pages, container, HOME);
  return pages.router;
}

type Find = (req: Request<{ endpoint: string }>) => Promise<EndpointWithParents>;

function addActions(pages: PageRoutes, container: Parts, find: Find): void {
  const { endpoints, endpointSecrets, ownEndpoints, sampleSender, webhookEvents } = container;

  pages.post({ right: 'edit', form: statusForm }, `${HOME}/:endpoint/status`, async (req, res) => {
    const endpoint = await find(req);
    const changes = statusForm.safeParse(req.body).data;
    if (changes === undefined) throw new BadRequest('An endpoint is active or inactive.');
    await endpoints.update(endpoint, changes);
    redirectWith(res, `${HOME}/${endpoint.id}`, changes.status === 'active' ? 'endpoint_on' : 'endpoint_off');
  });

  pages.post({ right: 'replay', form: testForm }, `${HOME}/:endpoint/test`, async (req, res) => {
    const endpoint = await find(req);
    const { accountId, appId, id: endpointId } = endpoint;
    const { event_type: eventType } = testForm.parse(req.body ?? {});
    const event = await webhookEvents.getByType(await ownEndpoints.app(), eventType);
    const dataText = sampleOf(event, endpoint.version);
    const sample = { accountId, appId, endpointId, eventType, dataText };
    await sampleSender.send({ ...sample, onBehalfOf: currentVisit(req).accountId });
    res.redirect(303, accountPath(res, `${HOME}/${endpointId}#attempts`));
  });

  // A POST, so that no link, prefetch or history entry reveals the secret.
  pages.post({ right: 'secrets', form: noFields }, `${HOME}/:endpoint/secret`, async (req, res) => {
    const endpoint = await find(req);
    const { secret } = await endpointSecrets.reveal(endpoint);
    const standard = standardWebhooksSecret(secret);
    if (req.accepts(['html', 'json']) === 'json') {
      res.set('cache-control', 'no-store').json({ secret, standard_webhooks_secret: standard });
    } else {
      await renderOne(container, { req, res, endpoint, secret });
    }
  });

  pages.post(
    { right: 'secrets', form: secretRotation },
    `${HOME}/:endpoint/secret/rotate`,
    async (req: Request<{ endpoint: string }>, res) => {
      const endpoint = await find(req);
      await endpointSecrets.rotate(endpoint, { graceSeconds: graceIn(req.body) });
      redirectWith(res, `${HOME}/${endpoint.id}`, 'secret_rotated');
    },
  );

  pages.post({ right: 'delete', form: noFields }, `${HOME}/:endpoint/delete`, async (req, res) => {
    await endpoints.delete(await find(req));
    redirectWith(res, HOME, 'endpoint_deleted');
  });
}

interface Rendering {
  req: Request;
  res: Response;
  form?: Form;
  status?: number;
}

async function renderList(
  container: Parts,
  { req, res, form: shown, status = 200 }: Rendering,
): Promise<void> {
  const { accountId } = currentVisit(req);
  const own = await container.ownEndpoints.list(accountId, firstPage(FIXED_LIMITS.ownEndpoints.max));
  const model = {
    notice: noticeOf(req),
    form: shown,
    eventTypes: await typesOf(container),
    endpoints: own.map(rowOf),
  };
  await renderPage(res, { view: 'settings/webhooks', title: 'Webhooks', model, status });
}

async function renderOne(
  container: Parts,
  {
    req,
    res,
    endpoint,
    form: refused,
    secret,
    status = 200,
  }: Rendering & {
    endpoint: EndpointWithParents;
    secret?: string;
  },
): Promise<void> {
  const { attempts, ownEndpoints, pool } = container;
  const [eventTypes, latest, backlog, previousUntil, replay] = await Promise.all([
    typesOf(container),
    attempts.page(await ownEndpoints.app(), { endpointId: endpoint.id }, firstPage(SHOWN_ATTEMPTS)),
    countBacklog(pool, endpoint, { upTo: MAX_COUNTED }),
    container.endpointSecrets.previousUntil(endpoint),
    readReplay(container, endpoint),
  ]);
  const { url, description } = endpoint;
  const model = {
    notice: noticeOf(req),
    endpoint: rowOf(endpoint),
    replay,
    missed: backlog.failed + backlog.held,
    isMissedCut: backlog.failed + backlog.held >= MAX_COUNTED,
    form: refused ?? blankForm({ url, description, ...choiceOf(endpoint) }),
    eventTypes,
    secret,
    previousUntil,
    graces: SECRET_GRACES,
    standardSecret: secret === undefined ? undefined : standardWebhooksSecret(secret),
    attempts: latest.map((attempt) => ({
      at: attempt.attemptedAt,
      badge: attemptBadge(attempt),
      result: resultOf(attempt),
      eventType: attempt.eventType,
      number: attempt.attemptNumber,
    })),
  };
  await renderPage(res, { view: 'settings/webhook', title: 'Webhook endpoint', model, status });
}

const typesOf = async ({ ownEndpoints, webhookEvents }: Parts): Promise<string[]> =>
  (await webhookEvents.all(await ownEndpoints.app())).map(({ eventType }) => eventType);

const rowOf = (endpoint: EndpointWithParents) => ({
  id: endpoint.id,
  url: endpoint.url,
  description: endpoint.description,
  isOn: endpoint.status === 'active',
  events: endpoint.receivesAllEvents ? 'all' : enabledTypes(endpoint).join(', '),
  href: `${HOME}/${endpoint.id}`,
});
