import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { readChecklist } from './checklist.ts';
import { curlCommand } from './curl-command.ts';
import { herokuCommands } from './heroku-commands.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

export function gettingStartedPages(
  container: Pick<Container, 'apps' | 'attempts' | 'config' | 'models' | 'subscriptions' | 'webhookEvents'>,
): Router {
  const pages = new PageRoutes();

  pages.get('see', '/getting_started', async (req, res) => {
    const { accountId, resource } = currentVisit(req);
    const [checklist, [app]] = await Promise.all([
      readChecklist(container, accountId),
      container.apps.list(accountId, { limit: 1, offset: 0 }),
    ]);
    const [event] = app === undefined ? [] : await container.webhookEvents.all(app);
    const model = {
      checklist,
      curl: curlCommand(container.config.http.baseUrl, app?.id, event?.eventType),
      heroku: herokuCommands(container.config, resource),
    };
    await renderPage(res, { view: 'getting-started/show', title: 'Getting started', model });
  });

  return pages.router;
}
