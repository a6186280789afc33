import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { ADVICE } from '#src/domain/issues/advice.ts';
import { ISSUE_STATUSES, type IssueStatus, type ListedIssue } from '#src/domain/issues/issue.ts';
import { MAX_COUNTED_ISSUES } from '#src/domain/issues/issues.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { PageRoutes, requireRight } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import type { Badge } from '#src/surfaces/html/badges.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { appHead } from './apps.ts';
import { actOnIssues, ISSUES_A_PAGE, issueActions } from './issue-actions.ts';

/** What fails at the endpoints of an app, by cause, with what to do about it. */
export function issuePages(container: Pick<Container, 'apps' | 'endpoints' | 'issues' | 'replays'>): Router {
  const pages = new PageRoutes();
  const { apps, issues } = container;

  pages.get('see', '/apps/:app/issues', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const status = statusOf(req.query['status']);
    const endpointId = idOf(req.query['endpoint']);
    const subscriptionId = idOf(req.query['subscriber']);
    const filters = { status, endpointId, subscriptionId };
    const [page, counts] = await Promise.all([
      readPage(req, ISSUES_A_PAGE, (paging) => issues.list(app, filters, paging)),
      issues.count(app),
    ]);
    const groups = Map.groupBy(page.rows, ({ cause }) => cause);
    const model = {
      app: appHead(app),
      notice: noticeOf(req),
      status,
      isFiltered: endpointId !== undefined || subscriptionId !== undefined,
      tabs: ISSUE_STATUSES.map((name) => ({
        name,
        label: LABELS[name],
        count: counts[name],
        isCut: counts[name] >= MAX_COUNTED_ISSUES,
      })),
      groups: [...groups].map(([cause, rows]) => ({
        what: ADVICE[cause].what,
        advice: ADVICE[cause].provider,
        rows: rows.map(issueRow),
      })),
      page: { newer: page.newer, older: page.older },
    };
    await renderPage(res, { view: 'issues/index', title: 'Issues', model });
  });

  pages.post({ right: 'edit', form: issueActions }, '/apps/:app/issues', async (req, res) => {
    requireRight(currentVisit(req), 'replay');
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    redirectWith(res, `/apps/${app.id}/issues`, await actOnIssues(container, app, req.body));
  });

  return pages.router;
}

const LABELS: Record<IssueStatus, string> = {
  open: 'Open',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
};

/** What no status is means open ones. */
const statusOf = (given: unknown): IssueStatus => ISSUE_STATUSES.find((status) => status === given) ?? 'open';

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
