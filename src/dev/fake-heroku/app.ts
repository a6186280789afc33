import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { countRequests, requireVersion } from './authenticate.ts';
import type { Faults } from './faults.ts';
import type { Platform } from './platform.ts';
import { Refusal } from './refusal.ts';
import { addOnRoutes } from '#src/dev/fake-heroku/routes/add-ons.ts';
import { appRoutes } from '#src/dev/fake-heroku/routes/apps.ts';
import { oauthToken } from '#src/dev/fake-heroku/routes/oauth.ts';
import { webhookRoutes } from '#src/dev/fake-heroku/routes/webhooks.ts';

export interface RecordedRequest {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

interface Parts {
  platform: Platform;
  faults: Faults;
  requests: RecordedRequest[];
  rules: { clientSecret: string; pageSize: number; rotatesRefreshTokens: boolean };
}

/** The routes that providers call. Each passes its planned faults first. */
export function createApp({ requests, ...parts }: Parts): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(express.json(), express.urlencoded({ extended: false }));
  app.use((req, _res, next) => {
    const { method, path, headers } = req;
    requests.push({ method, path, headers: { ...headers }, body: req.body as unknown });
    next();
  });
  mount(app, parts);
  app.use(() => {
    throw new Refusal(404, 'not_found', 'The requested API endpoint was not found.');
  });
  app.use(answerRefusal);
  return app;
}

function mount(app: Express, { platform, faults, rules }: Omit<Parts, 'requests'>): void {
  const counting = countRequests();
  const route = (line: string, ...handlers: RequestHandler[]) => {
    const [method = '', path = ''] = line.split(' ');
    const all = [faults.before(line), ...handlers];
    if (method === 'GET') app.get(path, all);
    else if (method === 'POST') app.post(path, all);
    else if (method === 'PATCH') app.patch(path, all);
    else app.delete(path, all);
  };
  const api = (line: string, handler: RequestHandler) => route(line, counting, requireVersion, handler);
  const addOns = addOnRoutes(platform, rules.pageSize);
  const apps = appRoutes(platform, rules.pageSize);
  const webhooks = webhookRoutes(platform, rules.pageSize);
  route('POST /oauth/token', oauthToken(platform, rules));
  api('GET /addons', addOns.list);
  api('GET /addons/:id', addOns.show);
  api('GET /addons/:id/config', addOns.config);
  api('PATCH /addons/:id/config', addOns.configure);
  api('POST /addons/:id/actions/provision', addOns.provision);
  api('POST /addons/:id/actions/deprovision', addOns.deprovision);
  api('GET /addons/:id/addon-attachments', addOns.attachments);
  api('POST /addons/:id/webhooks', webhooks.create);
  api('GET /addons/:id/webhooks', webhooks.list);
  api('DELETE /addons/:id/webhooks/:webhook', webhooks.remove);
  api('GET /addons/:id/webhook-deliveries', webhooks.deliveries);
  api('GET /apps/:id', apps.show);
  api('GET /apps/:id/collaborators', apps.collaborators);
  api('GET /teams/:id/members', apps.members);
}

const answerRefusal: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) {
    next(error);
  } else if (error instanceof Refusal) {
    res.status(error.status).json({ id: error.id, message: error.message });
  } else {
    res
      .status(400)
      .json({ id: 'bad_request', message: 'Invalid JSON. Please verify the request body and try again.' });
  }
};
