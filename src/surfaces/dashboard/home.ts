import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { ADVICE } from '#src/domain/issues/advice.ts';
import { failingSummary } from '#src/domain/issues/failing-summary.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { attemptRows } from './attempt-presenter.ts';
import { hourChart, sparkline } from './chart.ts';
import { readChecklist } from './checklist.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const LATEST_ATTEMPTS = 10;

/** The dashboard's first page: deliveries by the hour, latest attempts, before them what fails. */
export function homePages(
  container: Pick<
    Container,
    'apps' | 'attempts' | 'clock' | 'deliveryCounts' | 'models' | 'pool' | 'subscriptions' | 'webhookEvents'
  >,
): Router {
  const pages = new PageRoutes();

  pages.get('see', '/dashboard', async (req, res) => {
    const { accountId } = currentVisit(req);
    const [counts, latest, checklist, { off, causes, isCut }] = await Promise.all([
      container.deliveryCounts.byHour({ accountId }),
      container.attempts.latest(accountId, LATEST_ATTEMPTS),
      readChecklist(container, accountId),
      failingSummary(container.pool, accountId),
    ]);
    const chart = hourChart(counts);
    const model = {
      chart,
      successLine: sparkline(counts.map(({ succeeded }) => succeeded)),
      failureLine: sparkline(counts.map(({ failed }) => failed)),
      attempts: await attemptRows(container, latest),
      checklist,
      failing:
        off.length + causes.length === 0
          ? null
          : { off, isCut, causes: causes.map((hit) => ({ ...hit, what: ADVICE[hit.cause].what })) },
    };
    await renderPage(res, { view: 'home/dashboard', title: 'Dashboard', model });
  });

  return pages.router;
}
