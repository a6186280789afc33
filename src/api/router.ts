import { Router } from 'express';
import type { Container } from '../container.ts';
import { authenticate } from './authentication.ts';
import { cors } from './cors.ts';
import { errorFunnel, unknownRoute } from './errors.ts';
import { createFind } from './find.ts';
import { quirks } from './quirks.ts';
import { Routes } from './routes.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { accountRoutes } from './routes/account.ts';
import { appRoutes } from './routes/apps.ts';
import { attemptRoutes } from './routes/attempts.ts';
import { endpointCheckRoutes } from './routes/endpoint-checks.ts';
import { replayRoutes } from './routes/replays.ts';
import { endpointOfAppRoutes } from './routes/endpoints-of-app.ts';
import { endpointRoutes } from './routes/endpoints.ts';
import { explanationRoutes } from './routes/explanations.ts';
import { hookHelperRoutes } from './routes/hook-helpers.ts';
import { messageRoutes } from './routes/messages.ts';
import { subscriptionRoutes } from './routes/subscriptions.ts';
import { webhookEventRoutes } from './routes/webhook-events.ts';

/** The REST API. Every route is the same sentence: authenticate, parse, find, act, present. */
export function apiRouter(container: Container): Router {
  const router = Router();
  router.use(cors, authenticate(container.apiKeys), quirks);

  const routes = new Routes(router, container.config.http.baseUrl);
  const find = createFind(container);
  // First, because nearly every request is about messages and routes are tried in order: `explain` is not a message's id.
  explanationRoutes(routes, container, find);
  messageRoutes(routes, container, find);
  appRoutes(routes, container, find);
  webhookEventRoutes(routes, container, find);
  subscriptionRoutes(routes, container, find);
  endpointOfAppRoutes(routes, container, find);
  endpointRoutes(routes, container, find);
  attemptRoutes(routes, container, find);
  replayRoutes(routes, container, find);
  endpointCheckRoutes(routes, container, find);
  hookHelperRoutes(routes, container);
  apiKeyRoutes(routes, container);
  accountRoutes(routes, container);

  router.use(unknownRoute, errorFunnel);
  return router;
}
