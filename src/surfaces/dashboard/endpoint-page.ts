import type { Request, Response } from 'express';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { hostOf } from '#src/domain/endpoints/endpoint-problem.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { endpointBadge } from '#src/surfaces/html/badges.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import { appHead } from './apps.ts';
import { attemptRows } from './attempt-presenter.ts';
import { hourChart } from './chart.ts';
import { ruleSentences } from '#src/surfaces/html/rules/rule-sentences.ts';
import { SECRET_GRACES } from '#src/surfaces/html/secret-rotation.ts';
import { choiceOf } from '#src/surfaces/html/endpoint-form.ts';
import { whyFailing, whyOff } from './endpoint-presenter.ts';
import { blankForm, type Form } from '#src/surfaces/html/form.ts';
import { countWaiting } from '#src/domain/endpoint-queues/count-waiting.ts';
import { countBacklog, MAX_COUNTED } from '#src/domain/deliveries/count-backlog.ts';
import { adviceTo } from '#src/domain/issues/advice.ts';
import { causesOfEndpoints } from '#src/domain/issues/causes-of-endpoints.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { helperOf } from './received-by.ts';
import { subscriptionHead } from './subscription-of-app.ts';

const PAGE_SIZE = 15;

interface Refused {
  form: Form;
  status: number;
}

interface EndpointPage {
  container: Pick<
    Container,
    | 'attempts'
    | 'clock'
    | 'deliveryCounts'
    | 'endpointSecrets'
    | 'hookHelpers'
    | 'models'
    | 'pool'
    | 'webhookEvents'
  >;
  req: Request;
  res: Response;
  app: App;
  endpoint: EndpointWithParents;
  /** The signing secret, when the viewer asked to reveal it. */
  secret?: string;
  /** The form of its events, when it was refused. */
  refused?: Refused;
  /** The form to delete it, when it was refused. */
  undeleted?: Refused;
}

export async function renderEndpoint(page: EndpointPage): Promise<void> {
  const { container, req, res, app, endpoint, secret, refused, undeleted } = page;
  const { accountId, id: endpointId } = endpoint;
  const [counts, attempts, events, backlog, previousUntil, queue, causes, helper] = await Promise.all([
    container.deliveryCounts.byHour({ accountId, appId: app.id, endpointId }),
    readPage(req, PAGE_SIZE, (paging) => container.attempts.page(app, { endpointId }, paging)),
    container.webhookEvents.all(app),
    countBacklog(container.pool, endpoint, { upTo: MAX_COUNTED }),
    container.endpointSecrets.previousUntil(endpoint),
    countWaiting(container.pool, endpoint),
    causesOfEndpoints(container.pool, accountId, { endpointIds: endpoint.hasIssues ? [endpointId] : [] }),
    helperOf(container, endpoint),
  ]);
  const cause = causes.get(endpointId);
  const missed = backlog.failed + backlog.held;
  const model = {
    app: appHead(app),
    subscription: subscriptionHead(endpoint.subscription),
    endpoint: {
      id: endpointId,
      href: `/apps/${app.id}/endpoints/${endpointId}`,
      ...{ url: endpoint.url, urlSince: endpoint.urlSince },
      helper,
      host: hostOf(endpoint),
      description: endpoint.description,
      version: endpoint.version,
      isOn: endpoint.status === 'active',
      badge: endpointBadge(endpoint),
      whyOff: whyOff(endpoint),
      whyFailing: whyFailing(endpoint),
      since: endpoint.status === 'active' ? endpoint.failingSince : endpoint.inactiveSince,
      pausedAt: endpoint.pausedAt ?? null,
      queued: queue.depth,
      oldestQueuedAt:
        queue.oldestSeconds === null ? null : new Date(container.clock.now() - queue.oldestSeconds * 1000),
      nextProbeAt: endpoint.nextProbeAt,
      hasIssues: endpoint.hasIssues,
      advice: cause === undefined ? null : adviceTo('provider', cause),
      missed,
      isMissedCut: missed >= MAX_COUNTED,
      waiting: backlog.scheduled,
      isWaitingCut: backlog.scheduled >= MAX_COUNTED,
      createdAt: endpoint.createdAt,
    },
    form: refused?.form ?? blankForm(choiceOf(endpoint)),
    rules: ruleSentences(endpoint, app),
    deletion: undeleted?.form ?? blankForm(),
    eventTypes: events.map(({ eventType }) => eventType),
    secret,
    previousUntil,
    graces: SECRET_GRACES,
    standardSecret: secret === undefined ? undefined : standardWebhooksSecret(secret),
    chart: hourChart(counts),
    attempts: { ...attempts, rows: await attemptRows(container, attempts.rows) },
    notice: noticeOf(req),
  };
  const title = URL.canParse(endpoint.url) ? new URL(endpoint.url).host : 'Endpoint';
  const status = (refused ?? undeleted)?.status ?? 200;
  await renderPage(res, { view: 'endpoints/show', title, model, status });
}
