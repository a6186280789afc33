import { Router } from 'express';
import type { Container } from '../container.ts';
import { once } from '../lib/once.ts';
import type { OpenApi } from '../lib/openapi.ts';
import { authenticate } from './authentication.ts';
import { cors } from './cors.ts';
import { describeApi } from './description/document.ts';
import { errorFunnel, unknownRoute } from './errors.ts';
import { createFind } from './find.ts';
import { quirks } from './quirks.ts';
import { Routes } from './routes.ts';
import { accountRoutes } from './routes/account.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { appRoutes } from './routes/apps.ts';
import { attemptRoutes } from './routes/attempts.ts';
import { descriptionRoutes } from './routes/description.ts';
import { endpointCheckRoutes } from './routes/endpoint-checks.ts';
import { endpointSecretRoutes } from './routes/endpoint-secrets.ts';
import { endpointRoutes } from './routes/endpoints.ts';
import { endpointOfAppRoutes } from './routes/endpoints-of-app.ts';
import { explanationRoutes } from './routes/explanations.ts';
import { exportRoutes } from './routes/exports.ts';
import { hookHelperRoutes } from './routes/hook-helpers.ts';
import { importRoutes } from './routes/imports.ts';
import { messageRoutes } from './routes/messages.ts';
import { portalLinkRoutes } from './routes/portal-links.ts';
import { replayRoutes } from './routes/replays.ts';
import { subscriptionRoutes } from './routes/subscriptions.ts';
import { webhookEventRoutes } from './routes/webhook-events.ts';

export interface Api {
  router: Router;
  /** The published description; written when it is first asked for. */
  description: () => OpenApi;
}

/** The REST API. Every route is the same sentence: authenticate, parse, find, act, present. */
export function createApi(container: Container): Api {
  const { idempotentRequests, config } = container;
  const { baseUrl } = config.http;
  const router = Router();
  const surroundings = { origin: baseUrl, idempotentRequests };
  const open = new Routes(router, surroundings);
  const routes = new Routes(router, surroundings);
  const description = once(() => describeApi([...routes.declared, ...open.declared], baseUrl));

  router.use(cors);
  descriptionRoutes(open, description);
  router.use(authenticate(container), quirks);
  declareAll(routes, container);
  router.use(unknownRoute, errorFunnel);
  return { router, description };
}

function declareAll(routes: Routes, container: Container): void {
  const find = createFind(container);
  // First, because nearly every request is about messages and routes are tried in order: `explain` is not a message's id.
  explanationRoutes(routes, container, find);
  messageRoutes(routes, container, find);
  appRoutes(routes, container, find);
  webhookEventRoutes(routes, container, find);
  subscriptionRoutes(routes, container, find);
  portalLinkRoutes(routes, container, find);
  endpointOfAppRoutes(routes, container, find);
  endpointRoutes(routes, container, find);
  endpointSecretRoutes(routes, container, find);
  attemptRoutes(routes, container, find);
  replayRoutes(routes, container, find);
  endpointCheckRoutes(routes, container, find);
  hookHelperRoutes(routes, container);
  apiKeyRoutes(routes, container);
  accountRoutes(routes, container);
  exportRoutes(routes, container);
  importRoutes(routes, container);
}
