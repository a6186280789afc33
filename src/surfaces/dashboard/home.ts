import type { Request, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { readAccount } from '#src/domain/accounts/account-usage.ts';
import { LAST_DAY, rangesOf } from '#src/domain/attempts/ranges.ts';
import { ADVICE } from '#src/domain/issues/advice.ts';
import { type AccountTrouble, troubleByCause } from '#src/domain/issues/trouble-by-cause.ts';
import { findPlan } from '#src/domain/plans/plans.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { unheardFilters } from '#src/surfaces/dashboard/frame/unheard-filters.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { APP_CHOICES } from './apps.ts';
import { attemptRows } from './attempt-presenter.ts';
import { answerChart, attemptChart } from './chart.ts';
import { readChecklist } from './checklist.ts';
import { figuresOf, resolutionWords } from './home-figures.ts';
import { numbersReader } from './home-numbers.ts';

const LATEST_ATTEMPTS = 10;
const DEFAULT_RANGE = LAST_DAY.name;

const fields = z.object({
  range: z.string().optional().catch(undefined),
  app: z.string().refine(isUuid).optional().catch(undefined),
});

type Parts = Pick<
  Container,
  | 'apps'
  | 'attempts'
  | 'clock'
  | 'config'
  | 'deliveryCounts'
  | 'models'
  | 'pool'
  | 'queue'
  | 'quota'
  | 'subscriptions'
  | 'webhookEvents'
>;

/** The dashboard's first page: what fails by cause, then how messages, attempts and queues did in a time. */
export function homePages(container: Parts): Router {
  const pages = new PageRoutes();
  const readNumbers = numbersReader(container);

  pages.get('see', '/dashboard', async (req, res) => {
    const { accountId } = currentVisit(req);
    const { range, ranges, app, apps, unheard } = await readQuery(container, req);
    const owner = { accountId, ...(app !== null && { appId: app.id }) };
    const appIds = app === null ? apps.map(({ id }) => id) : [app.id];
    const [checklist, latest, trouble, numbers] = await Promise.all([
      readChecklist(container, accountId),
      app === null
        ? container.attempts.latest(accountId, LATEST_ATTEMPTS)
        : container.attempts.page(app, {}, firstPage(LATEST_ATTEMPTS)),
      troubleByCause(container.pool, owner),
      readNumbers({ owner, appIds, range }),
    ]);
    const rangeName = range.label.toLowerCase();
    const model = {
      unheard,
      apps: apps.map(({ id, name }) => [id, name]),
      app: app && { id: app.id, name: app.name, href: `/apps/${app.id}` },
      range: range.name,
      rangeName,
      ranges: ranges.map(({ name, label }) => ({
        name,
        label,
        href: hereWith({ range: name, app: app?.id }),
      })),
      figures: figuresOf(numbers, { app, apps, range }),
      attemptChart: attemptChart(numbers.steps, range.stepMs),
      answerChart: answerChart(numbers.steps, range.stepMs),
      resolution: resolutionWords(range),
      isNew: app === null && latest.length === 0 && numbers.now.messages.messages === 0,
      attempts: await attemptRows(container, latest),
      checklist,
      trouble: presentTrouble(trouble),
    };
    await renderPage(res, { view: 'home/dashboard', title: 'Dashboard', model });
  });

  return pages.router;
}

/** What the address asks for. What the plan does not keep, or is not there, is told of and not applied. */
async function readQuery({ apps, models }: Parts, req: Request) {
  const { accountId } = currentVisit(req);
  const [account, all] = await Promise.all([
    readAccount({ models }, accountId),
    // Their messages are counted, too.
    apps.list(accountId, firstPage(APP_CHOICES)),
  ]);
  const ranges = rangesOf(findPlan(account.plan)?.retentionDays ?? 1);
  const given = fields.parse(req.query);
  const app = all.find(({ id }) => id === given.app) ?? null;
  const range = ranges.find(({ name }) => name === (given.range ?? DEFAULT_RANGE));
  const heard = { range: range && given.range, app: app?.id };
  return {
    range: range ?? LAST_DAY,
    ranges,
    app,
    apps: all,
    unheard: unheardFilters(req.query, heard),
  };
}

function hereWith({ range, app }: { range: string; app: string | undefined }): string {
  const query = new URLSearchParams({ ...(range !== DEFAULT_RANGE && { range }), ...(app && { app }) });
  return query.size === 0 ? '/dashboard' : `/dashboard?${String(query)}`;
}

function presentTrouble({ groups, off, more, isCut }: AccountTrouble) {
  if (groups.length === 0) return null;
  return {
    off,
    more,
    isCut,
    groups: groups.map(({ appId, cause, isAcknowledged, ...group }) => ({
      ...group,
      what: (cause === null ? 'They are off' : ADVICE[cause].what) + (isAcknowledged ? ', acknowledged' : ''),
      href:
        cause === null
          ? `/apps/${appId}/endpoints`
          : `/apps/${appId}/issues?cause=${cause}${isAcknowledged ? '&status=acknowledged' : ''}`,
    })),
  };
}
