import type { Request, Response, Router } from 'express';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { consoleFields, openConsole, runConsole } from '#src/surfaces/html/signature-console.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { appHead } from './apps.ts';
import { subscriptionHead } from './subscription-of-app.ts';

const PATH = '/apps/:app/endpoints/:endpoint/signature';

type Parts = Pick<
  Container,
  'apps' | 'attempts' | 'config' | 'endpoints' | 'executions' | 'messages' | 'signatureDoctor'
>;

/** The signature doctor: says why a receiver refuses the requests of an endpoint. */
export function signaturePages(container: Parts): Router {
  const pages = new PageRoutes();

  const find = async (req: Request<{ app: string; endpoint: string }>) => {
    const app = await container.apps.get(currentVisit(req).accountId, req.params.app);
    return { container, app, endpoint: await container.endpoints.getOfApp(app, req.params.endpoint) };
  };

  pages.get('replay', PATH, async (req, res) => {
    const about = await find(req);
    await render(res, about, await openConsole(about, req.query['attempt']));
  });

  // Changes nothing and reveals nothing of the secret: a POST, because of what is pasted.
  pages.post({ right: 'replay', form: consoleFields }, PATH, async (req, res) => {
    const about = await find(req);
    await render(res, about, await runConsole(about, req.body));
  });

  return pages.router;
}

type About = Parameters<typeof openConsole>[0];
type Console = Awaited<ReturnType<typeof openConsole | typeof runConsole>>;

async function render(res: Response, { app, endpoint }: About, { status, ...model }: Console): Promise<void> {
  const href = `/apps/${app.id}/endpoints/${endpoint.id}`;
  await renderPage(res, {
    view: 'endpoints/signature',
    title: 'Check a signature',
    status,
    model: {
      ...model,
      app: appHead(app),
      subscription: subscriptionHead(endpoint.subscription),
      endpoint: { href, url: endpoint.url },
      action: `${href}/signature`,
    },
  });
}
