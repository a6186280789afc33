import type { Request, Response } from 'express';
import { countEndpoints, type ListedEndpoint, listEndpoints } from '#src/domain/app-lists/list-endpoints.ts';
import { healthOfSubscribers, type SubscriberHealth } from '#src/domain/app-lists/subscriber-health.ts';
import { turnedOffOf } from '#src/domain/app-lists/turned-off.ts';
import { MAX_AT_ONCE } from '#src/domain/replays/bulk-actions.ts';
import type { App } from '#src/domain/apps/app.ts';
import { successRateOf } from '#src/domain/attempts/delivery-counts.ts';
import { LAST_DAY, spanOf } from '#src/domain/attempts/ranges.ts';
import type { Container } from '#src/container.ts';
import { ADVICE } from '#src/domain/issues/advice.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import type { PortalLink } from '#src/domain/subscriptions/portal-links.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import type { Form } from '#src/surfaces/html/form.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { appHead } from './apps.ts';
import { attemptRows } from './attempt-presenter.ts';
import { endpointRows } from './endpoint-list.ts';
import { whyFailing, whyOff } from './endpoint-presenter.ts';
import { SORTED, totalInWords } from './list-query.ts';
import { portalChoices, portalLinkForm } from './portal-link-form.ts';
import { subscriptionHead } from './subscription-of-app.ts';

const PAGE_SIZE = 25;
const LATEST_ATTEMPTS = 10;
/** Issues, and endpoints that are off or failing, that are named at the top. */
const MAX_NAMED = 5;

export type SubscriptionPageParts = Pick<
  Container,
  'attempts' | 'clock' | 'deliveryCounts' | 'issues' | 'models' | 'pool'
>;

interface SubscriptionPage {
  container: SubscriptionPageParts;
  req: Request;
  res: Response;
  app: App;
  subscription: Subscription;
  /** A link to the portal that was just made. */
  link?: PortalLink;
  /** The form of a link, when it was refused. */
  refused?: { form: Form; status: number };
}

/** A subscriber: how it fares, what needs somebody, what it missed, its log and endpoints, and what it is. */
export async function renderSubscription(shown: SubscriptionPage): Promise<void> {
  const { container, req, res, app, subscription, link, refused } = shown;
  const { attempts, issues, pool } = container;
  const query = { text: '', sort: 'failing' as const, subscriptionId: subscription.id };
  const [page, total, healthOf, open, latest, turnedOff] = await Promise.all([
    readPage(req, PAGE_SIZE, (paging) => listEndpoints(pool, app, { ...query, paging }), SORTED),
    countEndpoints(pool, app, query),
    healthOfSubscribers(container, app.accountId, [subscription.id]),
    issues.list(app, { status: 'open', subscriptionId: subscription.id }, firstPage(MAX_NAMED + 1)),
    attempts.latestOfSubscription(subscription, LATEST_ATTEMPTS),
    turnedOffOf(pool, app, { subscriptionId: subscription.id, limit: MAX_AT_ONCE + 1 }),
  ]);
  const head = subscriptionHead(subscription);
  const noun: [string, string] = ['endpoint', 'endpoints'];
  const model = {
    app: appHead(app),
    subscription: { ...head, uid: subscription.uid ?? null, createdAt: subscription.createdAt },
    health: shownHealth(app, subscription, healthOf(subscription.id), container.clock.now()),
    troubled: page.rows.flatMap((endpoint) => troubleOf(endpoint)).slice(0, MAX_NAMED),
    turnedOff: Math.min(turnedOff.length, MAX_AT_ONCE),
    isTurnedOffCut: turnedOff.length > MAX_AT_ONCE,
    issues: open.slice(0, MAX_NAMED).map(({ cause, lastSeenAt, endpoint }) => ({
      what: ADVICE[cause].what,
      advice: ADVICE[cause].provider,
      url: endpoint === null ? null : endpoint.url,
      lastSeenAt,
    })),
    hasMoreIssues: open.length > MAX_NAMED,
    page: { ...page, rows: await endpointRows(container, app, page.rows) },
    total: totalInWords(total, { shown: page.rows.length, isFiltered: false, noun }),
    // Whose they are is said once, by the heading.
    attempts: (await attemptRows(container, latest)).map((row) => ({
      ...row,
      endpoint: { ...row.endpoint, subscriber: undefined },
    })),
    portal: { form: refused?.form ?? portalLinkForm(req), link: link ?? null, ...portalChoices(req) },
    notice: noticeOf(req),
  };
  const status = refused?.status ?? 200;
  await renderPage(res, { view: 'subscriptions/show', title: subscription.name, model, status });
}

/** The numbers at the top, each with the address of the rows that it counts. */
function shownHealth(app: App, { id }: Subscription, health: SubscriberHealth, nowMs: number) {
  const since = new Date(spanOf(LAST_DAY, nowMs).sinceMs).toISOString().slice(0, 16);
  const log = (name: string, filters: Record<string, string>) =>
    `/apps/${app.id}/${name}?${String(new URLSearchParams({ subscription_id: id, ...filters }))}`;
  const { failed, held } = health.missed;
  return {
    endpoints: health.endpoints,
    isAtLeast: health.isCut,
    attempts: health.succeeded + health.failed,
    attemptsHref: log('webhook_attempts', { since }),
    logHref: log('webhook_attempts', {}),
    deliveriesHref: log('deliveries', {}),
    failed: health.failed,
    failedHref: log('webhook_attempts', { status: 'failed', since }),
    successRate: successRateOf(health),
    ...{ givenUp: failed, held, missed: failed + held },
    isMissedAtLeast: health.isMissedCut || health.isCut,
    givenUpHref: log('deliveries', { state: 'failed' }),
    heldHref: log('deliveries', { state: 'held' }),
    replayHref: log('replays/new', {}),
    latestAt: health.latest === null ? null : health.latest.attemptedAt,
  };
}

/** Why an endpoint is off or failing, and what to do; nothing while it is well. */
function troubleOf(endpoint: ListedEndpoint) {
  const why = whyOff(endpoint) ?? whyFailing(endpoint);
  if (why === undefined) return [];
  const { id, appId, url, status, failingSince, inactiveSince } = endpoint;
  const since = status === 'active' ? failingSince : inactiveSince;
  return [{ href: `/apps/${appId}/endpoints/${id}`, url, why, since, isOn: status === 'active' }];
}
