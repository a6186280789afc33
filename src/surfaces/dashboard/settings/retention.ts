import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { COUNTS_KEPT_DAYS, DIAGNOSTICS_KEPT_DAYS } from '#src/domain/plans/kept-days.ts';
import { findPlan, nextBiggerPlan } from '#src/domain/plans/plans.ts';
import { howToGetMore } from '#src/domain/plans/upgrade.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { herokuCommands } from '#src/surfaces/dashboard/heroku-commands.ts';
import { renderPage } from '#src/surfaces/html/render.ts';

const DAY_MS = 86_400_000;

/** What the plan keeps, for how long, and what goes next. */
export function keepingPages(container: Pick<Container, 'clock' | 'config'>): Router {
  const pages = new PageRoutes();

  pages.get('see', '/settings/retention', async (req, res) => {
    const model = readRetention(container, currentVisit(req));
    await renderPage(res, { view: 'settings/retention', title: 'Retention', model });
  });

  return pages.router;
}

function readRetention({ clock, config }: Pick<Container, 'clock' | 'config'>, { account, resource }: Visit) {
  const plan = findPlan(account.plan) ?? null;
  const bigger = plan === null ? undefined : nextBiggerPlan(plan);
  const kept = (what: string, days: number) => ({ what, days, since: new Date(clock.now() - days * DAY_MS) });
  const days = plan?.retentionDays;
  return {
    plan: account.plan,
    rows:
      days === undefined
        ? []
        : [
            kept('Messages with their payloads, deliveries and attempts', days),
            kept('Replays, and issues that are resolved', days),
            kept('Requests to Hook Helpers', days),
            kept('Audit log', days),
            kept('API requests, and runs of transformations', Math.min(days, DIAGNOSTICS_KEPT_DAYS)),
            kept('Counts by the day and the hour', COUNTS_KEPT_DAYS),
          ],
    bigger: bigger === undefined ? null : { slug: bigger.slug, days: bigger.retentionDays },
    ask: plan === null || resource !== null ? null : howToGetMore(plan, { isOfHeroku: false }),
    upgrade: plan === null || resource === null ? null : herokuCommands(config, resource).upgrade(plan),
  };
}
