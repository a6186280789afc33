import type { Response, Router } from 'express';
import type { Container } from '#src/container.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import { headerPrefixOf } from '#src/domain/signature-doctor/signature-doctor.ts';
import { personalSamples } from '#src/surfaces/html/personal-samples.ts';
import { readerSamples } from '#src/surfaces/html/reader-samples.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { isLanguage } from '#src/surfaces/html/samples.ts';
import { endpointsPostingTo } from '#src/domain/endpoints/helper-endpoints.ts';
import { sampleOf } from '#src/domain/apps/schema-versions.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { appHead } from './apps.ts';
import { arrivalViews } from './arrival-presenter.ts';
import { attemptRows } from './attempt-presenter.ts';
import { readChecklist } from './checklist.ts';
import { readFirstCall } from './first-call.ts';
import { type FirstParts, isSetUp, readFirstParts, setUp, setUpForm, setUpOf } from './first-parts.ts';
import { herokuCommands } from './heroku-commands.ts';
import { helperHead } from './hook-helper-page.ts';
import { postingView } from './posting-endpoints.ts';
import { settledSoon } from './settled-soon.ts';

const PATH = '/getting_started';
const SHOWN = 2;
const DEFAULT_LANGUAGE = 'curl';
/** What the samples of the languages send. */
const FIRST_EVENT = 'user.created';
const FIRST_SAMPLE = JSON.stringify({ id: 42, email: 'kim@example.com' }, null, 2);

type Parts = Pick<
  Container,
  | 'acceptor'
  | 'apiRequests'
  | 'apps'
  | 'attempts'
  | 'config'
  | 'endpoints'
  | 'hookHelpers'
  | 'models'
  | 'pool'
  | 'subscriptions'
  | 'webhookEvents'
>;

/** All of the way from an empty account to the first webhook that is seen, on one page. */
export function gettingStartedPages(container: Parts): Router {
  const pages = new PageRoutes();

  pages.get('see', PATH, async (req, res) => {
    await render(container, res, await readFirstParts(container, currentVisit(req).accountId));
  });

  pages.post({ right: 'edit', form: setUpForm }, PATH, async (req, res) => {
    const { accountId } = currentVisit(req);
    const parts = await readFirstParts(container, accountId);
    if (isSetUp(parts)) {
      res.redirect(303, PATH);
      return;
    }
    const result = await submit(setUpOf(parts), req.body, (input) =>
      setUp(container, { accountId, parts }, input),
    );
    // Read again, because what was made before a refusal is not asked for again.
    if ('form' in result) await render(container, res, await readFirstParts(container, accountId), result);
    else redirectWith(res, PATH, 'set_up');
  });

  pages.post({ right: 'send', form: noFields }, `${PATH}/send`, async (req, res) => {
    const { app, event, endpoint } = await readFirstParts(container, currentVisit(req).accountId);
    if (app === null || event === null || endpoint === null) {
      res.redirect(303, PATH);
      return;
    }
    const { message } = await container.acceptor.accept({
      target: { accountId: app.accountId, appId: app.id, subscriptionId: null, endpointId: null },
      eventType: event.eventType,
      version: endpoint.version,
      dataText: sampleOf(event, endpoint.version),
      eventId: null,
      overridePayload: false,
      headers: null,
      deliverAt: null,
    });
    await settledSoon(container, message);
    redirectWith(res, PATH, 'message_sent');
  });

  return pages.router;
}

interface Refused {
  form: Form;
  status: number;
}

async function render(container: Parts, res: Response, parts: FirstParts, refused?: Refused): Promise<void> {
  const { req } = res;
  const { account, accountId, resource } = currentVisit(req);
  const [checklist, call, sending] = await Promise.all([
    readChecklist(container, accountId),
    readFirstCall(container, accountId),
    isSetUp(parts) ? readSending(container, parts, req.query['language']) : null,
  ]);
  // Empty until Heroku has told it.
  const herokuApp = resource?.appName ?? '';
  const model = {
    checklist,
    call,
    sending,
    verification: verificationOf(container.config.http.baseUrl, parts.app, req.query['language']),
    isNamedByHeroku: herokuApp !== '',
    missing: {
      app: parts.app === null,
      event: parts.event === null,
      subscription: parts.subscription === null,
      endpoint: parts.endpoint === null,
    },
    app: parts.app === null ? null : appHead(parts.app),
    demo: parts.demo === null ? null : appHead(parts.demo),
    subscriberName: parts.subscription?.name ?? null,
    form:
      refused?.form ??
      blankForm({
        app_name: herokuApp === '' ? account.name : herokuApp,
        event_type: FIRST_EVENT,
        sample_payload: FIRST_SAMPLE,
        subscriber: 'Test subscriber',
      }),
    heroku: herokuCommands(container.config, resource),
    notice: noticeOf(req),
  };
  const status = refused?.status ?? 200;
  await renderPage(res, { view: 'getting-started/show', title: 'Getting started', model, status });
}

/** How receivers verify what comes, in the names of the reader's app. */
function verificationOf(origin: string, app: FirstParts['app'], language: unknown) {
  const headerPrefix = headerPrefixOf({ headerPrefix: app?.headerPrefix ?? null });
  const samples = personalSamples('verify', origin, { name: app?.name ?? 'HostedHooks', headerPrefix });
  const named = (wanted: unknown) => samples.find((sample) => sample.language === wanted);
  return {
    samples,
    shown: named(language) ?? named('node'),
    header: ownHeaders(headerPrefix).signature,
    href: '/getting_started',
  };
}

/** The code in the reader's names, and what arrives by it. */
async function readSending(
  container: Parts,
  { app, event, endpoint, helper }: FirstParts,
  language: unknown,
) {
  if (app === null || event === null || endpoint === null) return null;
  const { config, hookHelpers, pool } = container;
  const samples = readerSamples(config.http.baseUrl, { appId: app.id, eventType: event.eventType });
  const wanted = isLanguage(language) ? language : DEFAULT_LANGUAGE;
  const head = helper === null ? null : helperHead(helper, config.http.baseUrl);
  const [requests, posting, attempts] = await Promise.all([
    helper === null ? [] : hookHelpers.requests(helper, { limit: SHOWN }),
    helper === null ? [] : endpointsPostingTo(pool, app.accountId, [helper.token]),
    helper === null
      ? container.attempts.page(app, { endpointId: endpoint.id }, { limit: SHOWN, offset: 0 })
      : [],
  ]);
  return {
    samples,
    shown: samples.find((sample) => sample.language === wanted) ?? samples[0],
    eventType: event.eventType,
    endpoint: { url: endpoint.url, href: `/apps/${app.id}/endpoints/${endpoint.id}` },
    helper: head,
    arrivals: head === null ? [] : arrivalViews(requests, { ...head, endpoints: posting.map(postingView) }),
    attempts: await attemptRows(container, attempts),
  };
}
