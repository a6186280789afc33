import type { IncomingMessage } from 'node:http';
import { type RequestHandler, Router } from 'express';
import type { Container } from '#src/container.ts';
import { lazy } from '#src/infra/lib/lazy.ts';
import type { OpenApi } from '#src/infra/lib/openapi.ts';
import { ArrivalBudget } from '#src/surfaces/http/arrival-budget.ts';
import { accountOfKey, authenticate } from './authentication.ts';
import { cors, optionsElsewhere } from './cors.ts';
import { describeApi } from '#src/surfaces/api/description/document.ts';
import { errorFunnel, unknownRoute } from './errors.ts';
import { createFind } from './find.ts';
import { quirks } from './quirks.ts';
import { recordRefusal } from './request-notes.ts';
import { RouteTable } from './route-table.ts';
import { shortcut } from './shortcut.ts';
import { accountRoutes } from '#src/surfaces/api/routes/account.ts';
import { apiKeyRoutes } from '#src/surfaces/api/routes/api-keys.ts';
import { apiRequestRoutes } from '#src/surfaces/api/routes/api-requests.ts';
import { appReplayRoutes } from '#src/surfaces/api/routes/app-replays.ts';
import { appRoutes } from '#src/surfaces/api/routes/apps.ts';
import { attemptRoutes } from '#src/surfaces/api/routes/attempts.ts';
import { auditEventRoutes } from '#src/surfaces/api/routes/audit-events.ts';
import { deliveryRoutes } from '#src/surfaces/api/routes/deliveries.ts';
import { descriptionRoutes } from '#src/surfaces/api/routes/description.ts';
import { endpointPauseRoutes } from '#src/surfaces/api/routes/endpoint-pauses.ts';
import { endpointCheckRoutes } from '#src/surfaces/api/routes/endpoint-checks.ts';
import { endpointSecretRoutes } from '#src/surfaces/api/routes/endpoint-secrets.ts';
import { endpointRoutes } from '#src/surfaces/api/routes/endpoints.ts';
import { endpointOfAppRoutes } from '#src/surfaces/api/routes/endpoints-of-app.ts';
import { evidenceLinkRoutes } from '#src/surfaces/api/routes/evidence-links.ts';
import { explanationRoutes } from '#src/surfaces/api/routes/explanations.ts';
import { exportRoutes } from '#src/surfaces/api/routes/exports.ts';
import { filterRoutes } from '#src/surfaces/api/routes/filters.ts';
import { hookHelperRoutes } from '#src/surfaces/api/routes/hook-helpers.ts';
import { importRoutes } from '#src/surfaces/api/routes/imports.ts';
import { issueRoutes } from '#src/surfaces/api/routes/issues.ts';
import { messageRoutes } from '#src/surfaces/api/routes/messages.ts';
import { ownAttemptRoutes } from '#src/surfaces/api/routes/own-attempts.ts';
import { ownEndpointRoutes } from '#src/surfaces/api/routes/own-endpoints.ts';
import { portalLinkRoutes } from '#src/surfaces/api/routes/portal-links.ts';
import { replayRoutes } from '#src/surfaces/api/routes/replays.ts';
import { statsRoutes } from '#src/surfaces/api/routes/stats.ts';
import { subscriberInvitationRoutes } from '#src/surfaces/api/routes/subscriber-invitations.ts';
import { subscriptionRoutes } from '#src/surfaces/api/routes/subscriptions.ts';
import { teamRoutes } from '#src/surfaces/api/routes/team.ts';
import { transformationRoutes } from '#src/surfaces/api/routes/transformations.ts';
import { webhookEventRoutes } from '#src/surfaces/api/routes/webhook-events.ts';

type Parts = Pick<
  Container,
  | 'acceptor'
  | 'apiKeys'
  | 'apiRequests'
  | 'appReplays'
  | 'apps'
  | 'attempts'
  | 'auditEvents'
  | 'clock'
  | 'config'
  | 'deliveryCounts'
  | 'deliveryLog'
  | 'directory'
  | 'endpointSecrets'
  | 'endpoints'
  | 'evidenceLinks'
  | 'executions'
  | 'explanations'
  | 'exports'
  | 'hookHelpers'
  | 'idempotentRequests'
  | 'imports'
  | 'invitations'
  | 'issues'
  | 'keyRotation'
  | 'keyUses'
  | 'members'
  | 'messages'
  | 'models'
  | 'namedKeys'
  | 'ownEndpoints'
  | 'pool'
  | 'portalLinks'
  | 'publishRate'
  | 'quota'
  | 'replays'
  | 'requestRecorder'
  | 'sampleRate'
  | 'sampleSender'
  | 'subscriptions'
  | 'transformations'
  | 'codeRunner'
  | 'webhookEvents'
>;

type Arrivals = Pick<ArrivalBudget, 'admitsAnswer' | 'chargeTo'>;

export interface Api {
  /** To be mounted at {@link MOUNTED_AT}. */
  router: Router;
  /** Answers the route that nearly every request is for. To be mounted before the router, at the root. */
  shortcut: RequestHandler;
  /** Whose key a request seems to have. It tells nothing of what the key may do. */
  accountOf: (req: Pick<IncomingMessage, 'headers'>) => string | undefined;
  /** The OpenAPI document, built at the first call. */
  description: () => OpenApi;
}

export const MOUNTED_AT = '/api/v1';

/** The REST API. Every route authenticates, parses, finds, acts and presents, in this order. */
export function createApi(container: Parts, arrivals: Arrivals = new ArrivalBudget()): Api {
  const { idempotentRequests, config } = container;
  const { baseUrl } = config.http;
  const router = Router();
  // Of its own, because Express walks past all routes of a router with an error, and strangers send wrong keys.
  const behindKey = Router();
  const surroundings = { origin: baseUrl, idempotentRequests, arrivals };
  const open = new RouteTable(router, surroundings);
  const routes = new RouteTable(behindKey, surroundings);
  const description = lazy(() => describeApi([...routes.declared, ...open.declared], baseUrl));

  const authenticated = authenticate(container, arrivals);
  const onError = errorFunnel((exchange, refusal) => {
    recordRefusal(container, exchange, refusal);
  });
  router.use(cors);
  descriptionRoutes(open, description);
  router.use(authenticated, quirks, behindKey);
  declareAll(routes, container);
  router.use(optionsElsewhere, unknownRoute, onError);
  const { method, path, handle } = routes.named('postMessage');
  const steps = [cors, authenticated, handle];
  return {
    router,
    shortcut: shortcut({ method, path, mountedAt: MOUNTED_AT, steps, onError }),
    accountOf: (req) => accountOfKey(container.apiKeys, req),
    description,
  };
}

function declareAll(routes: RouteTable, container: Parts): void {
  const find = createFind(container);
  // Express tries routes in order. Messages come early because nearly every request is for them, and explanations
  // before them because `explain` would match as a message id.
  explanationRoutes(routes, container, find);
  messageRoutes(routes, container, find);
  evidenceLinkRoutes(routes, container, find);
  appRoutes(routes, container, find);
  filterRoutes(routes, container, find);
  webhookEventRoutes(routes, container, find);
  transformationRoutes(routes, container, find);
  subscriptionRoutes(routes, container, find);
  portalLinkRoutes(routes, container, find);
  subscriberInvitationRoutes(routes, container, find);
  endpointOfAppRoutes(routes, container, find);
  endpointRoutes(routes, container, find);
  endpointSecretRoutes(routes, container, find);
  attemptRoutes(routes, container, find);
  deliveryRoutes(routes, container, find);
  replayRoutes(routes, container, find);
  issueRoutes(routes, container, find);
  appReplayRoutes(routes, container, find);
  statsRoutes(routes, container, find);
  endpointCheckRoutes(routes, container, find);
  endpointPauseRoutes(routes, container, find);
  hookHelperRoutes(routes, container);
  apiKeyRoutes(routes, container);
  accountRoutes(routes, container);
  apiRequestRoutes(routes, container);
  auditEventRoutes(routes, container);
  teamRoutes(routes, container);
  ownEndpointRoutes(routes, container);
  ownAttemptRoutes(routes, container);
  exportRoutes(routes, container);
  importRoutes(routes, container);
}
