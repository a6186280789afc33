import type { Request, Router } from 'express';
import type { Container } from '#src/container.ts';
import { ADVICE } from '#src/domain/issues/advice.ts';
import { CAUSES } from '#src/domain/issues/causes.ts';
import { type HitByCause, MAX_HIT } from '#src/domain/issues/hit-by-cause.ts';
import { ISSUE_STATUSES, type IssueStatus, type ListedIssue } from '#src/domain/issues/issue.ts';
import { MAX_COUNTED_ISSUES } from '#src/domain/issues/issues.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { PageRoutes, requireRight } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import type { Badge } from '#src/surfaces/html/badges.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { appHead } from './apps.ts';
import { actOnIssues, ISSUES_A_PAGE, issueActions, issuesHref, type ShownIssues } from './issue-actions.ts';

/** What fails at the endpoints of an app, by cause, with what to do about it. */
export function issuePages(
  container: Pick<Container, 'apps' | 'clock' | 'endpoints' | 'issues' | 'replays'>,
): Router {
  const pages = new PageRoutes();
  const { apps, issues } = container;

  pages.get('see', '/apps/:app/issues', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const status = statusOf(req.query['status']);
    const shown = shownIssues(req.query);
    const { cause, endpointId, subscriptionId } = shown;
    const filters = { status, ...shown };
    const [page, counts, hits] = await Promise.all([
      readPage(req, ISSUES_A_PAGE, (paging) => issues.list(app, filters, paging)),
      issues.count(app),
      issues.hitByCause(app, status),
    ]);
    const model = {
      app: appHead(app),
      notice: noticeOf(req),
      status,
      formHref: issuesHref(app, filters),
      isFiltered: [endpointId, subscriptionId, cause].some((one) => one !== undefined),
      isOfAll: endpointId === undefined && subscriptionId === undefined,
      tabs: ISSUE_STATUSES.map((name) => ({
        name,
        label: LABELS[name],
        count: counts[name],
        isCut: counts[name] >= MAX_COUNTED_ISSUES,
      })),
      total: { count: counts[status], isCut: counts[status] >= MAX_COUNTED_ISSUES },
      groups: groupsOf(page.rows, hits),
      page: { newer: page.newer, older: page.older },
    };
    await renderPage(res, { view: 'issues/index', title: 'Issues', model });
  });

  pages.post({ right: 'edit', form: issueActions }, '/apps/:app/issues', async (req, res) => {
    requireRight(currentVisit(req), 'replay');
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    await actOnIssues(container, res, app, { body: req.body, filters: shownIssues(req.query) });
  });

  return pages.router;
}

/** The issues of the page by cause, in the order of those that hit most endpoints; `hit`: of all pages. */
function groupsOf(rows: ListedIssue[], hits: HitByCause[]) {
  const byCause = Map.groupBy(rows, ({ cause }) => cause);
  const order = [...new Set([...hits.map(({ cause }) => cause), ...byCause.keys()])];
  return order.flatMap((cause) => {
    const ofCause = byCause.get(cause);
    if (ofCause === undefined) return [];
    const { what, provider: advice } = ADVICE[cause];
    const hit = hits.find((one) => one.cause === cause);
    return [
      { cause, what, advice, hit, isLarge: (hit?.endpoints ?? 0) >= MAX_HIT, rows: ofCause.map(issueRow) },
    ];
  });
}

const LABELS: Record<IssueStatus, string> = {
  open: 'Open',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
};

/** What no status is means open ones. */
const statusOf = (given: unknown): IssueStatus => ISSUE_STATUSES.find((status) => status === given) ?? 'open';

const shownIssues = (query: Request['query']): ShownIssues => ({
  cause: CAUSES.find((one) => one === query['cause']),
  endpointId: idOf(query['endpoint']),
  subscriptionId: idOf(query['subscriber']),
});

const idOf = (given: unknown) => (typeof given === 'string' && isUuid(given) ? given : undefined);

const TONES: Record<IssueStatus, Badge['tone']> = {
  open: 'danger',
  acknowledged: 'warning',
  resolved: 'success',
};

function issueRow(issue: ListedIssue) {
  const { id, appId, endpointId, subscriptionId, endpoint, subscriber, status } = issue;
  return {
    id,
    status,
    badge: { tone: TONES[status], label: LABELS[status] },
    answer: issue.statusCode === null ? null : String(issue.statusCode),
    what: ADVICE[issue.cause].what,
    subscriber: subscriber && {
      name: subscriber.name,
      href: `/apps/${appId}/subscriptions/${subscriptionId}`,
    },
    endpoint: endpoint && {
      url: endpoint.url,
      href: `/apps/${appId}/endpoints/${endpointId}`,
      isOn: endpoint.status === 'active',
    },
    openedAt: issue.openedAt,
    lastSeenAt: issue.lastSeenAt,
    resolvedAt: issue.resolvedAt,
    resolvedBy: issue.resolvedBy,
    count: issue.count,
    lastError: issue.lastError,
    attemptHref:
      issue.lastAttemptId === null ? null : `/apps/${appId}/webhook_attempts/${issue.lastAttemptId}`,
  };
}
