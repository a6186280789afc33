import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { retriesInWords } from '#src/surfaces/html/rules/retry-policy.ts';
import { ruleSentences } from '#src/surfaces/html/rules/rule-sentences.ts';
import { APP_RULE_PARTS } from '#src/surfaces/html/rules/rule-parts.ts';

const PAGE_SIZE = 25;

/** How each app delivers unless an endpoint says otherwise, with the ways to the forms that set it. */
export function deliveryPages({ apps, config }: Pick<Container, 'apps' | 'config'>): Router {
  const pages = new PageRoutes();
  const standard = retriesInWords(config.delivery.retryDelaysSeconds);

  pages.get('see', '/settings/delivery', async (req, res) => {
    const { accountId } = currentVisit(req);
    const page = await readPage(req, PAGE_SIZE, (paging) => apps.list(accountId, paging));
    const model = { standard, page: { ...page, rows: page.rows.map((app) => deliveryOf(app, standard)) } };
    await renderPage(res, { view: 'settings/delivery', title: 'Delivery', model });
  });

  return pages.router;
}

const NOTHING = { rules: {}, retryDelaysSeconds: null };

function deliveryOf(app: App, standard: string) {
  const set = ruleSentences(app, NOTHING, APP_RULE_PARTS);
  const hasRetries = app.rules.retry_policy !== undefined || app.retryDelaysSeconds !== null;
  return {
    name: app.name,
    href: `/apps/${app.id}`,
    rules: [...(hasRetries ? [] : [standard]), ...set],
    success: app.successPolicy === 'only_200' ? '200 alone' : 'Any 2xx',
    headerPrefix: app.headerPrefix ?? 'HostedHooks',
  };
}
