import { Router } from 'express';
import type { Container } from '../container.ts';
import { renderPage } from '../http/render.ts';
import { readChecklist } from './checklist.ts';
import { currentUser } from './session.ts';

export function gettingStartedPages(container: Container): Router {
  const router = Router();

  router.get('/getting_started', async (req, res) => {
    const { accountId } = currentUser(req);
    const [checklist, [app]] = await Promise.all([
      readChecklist(container, accountId),
      container.apps.list(accountId, { limit: 1, offset: 0 }),
    ]);
    const [event] = app === undefined ? [] : await container.webhookEvents.all(app);
    const model = {
      checklist,
      curl: curlCommand(container.config.http.baseUrl, app?.id, event?.eventType),
      configVar: container.config.heroku.configVar,
    };
    await renderPage(res, { view: 'getting-started/show', title: 'Getting started', model });
  });

  return router;
}

/** A message by the API, ready to paste once the key is in the environment. */
export function curlCommand(baseUrl: string, appId = 'APP_ID', eventType = 'order.created'): string {
  const body = JSON.stringify({ event_type: eventType, version: '1.0', data: { hello: 'world' } });
  const quoted = body.replaceAll("'", String.raw`'\''`);
  return [
    `curl ${baseUrl}/api/v1/apps/${appId}/messages \\`,
    '  -H "Authorization: Bearer $HOSTEDHOOKS_API_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d '${quoted}'`,
  ].join('\n');
}
