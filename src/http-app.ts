import express, { type Express } from 'express';
import { createApi } from './api/router.ts';
import type { Container } from './container.ts';
import { dashboardRouter, pageErrorHandler } from './dashboard/router.ts';
import { apiReferenceRouter } from './docs/api-router.ts';
import { docsRouter } from './docs/router.ts';
import { devRouter } from './heroku/dev-router.ts';
import { herokuRouter } from './heroku/router.ts';
import { limitArrival } from './http/arrival-limit.ts';
import { serveAssets } from './http/assets.ts';
import { healthRouter } from './http/health.ts';
import { metricsRouter } from './http/metrics.ts';
import { requestContext } from './http/request-context.ts';
import { refuseStrangeTargets } from './http/request-target.ts';
import { sameOrigin } from './http/same-origin.ts';
import { securityHeaders } from './http/security-headers.ts';
import { sessionMiddleware } from './http/session.ts';
import { portalRouter } from './portal/router.ts';
import { receiverRouter } from './receiver/router.ts';

/** Node's own limit of five minutes is for all requests alike, imports too: the server's is longer. */
const ARRIVAL_MS = 300_000;

/**
 * The surfaces in order, each with its own authentication and error form. The API comes first: it is the hot path, and
 * has no use for sessions, cookies or page headers.
 */
export function createHttpApp(container: Container): Express {
  const { config } = container;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  // One hop: Heroku's router, which appends the real peer.
  app.set('trust proxy', config.isProduction ? 1 : false);
  if (config.isProduction) app.enable('view cache');

  app.use(requestContext(app, container.logger));
  app.use(refuseStrangeTargets, limitArrival(ARRIVAL_MS));
  const api = createApi(container);
  app.use('/api/v1', api.router);
  app.use(healthRouter(container.pool), metricsRouter(container));
  app.use('/r', receiverRouter(container));

  const sessions = sessionMiddleware(container);
  app.use(securityHeaders({ isHttpsOnly: config.isProduction }));
  app.use('/assets', serveAssets());
  app.use('/portal', sameOrigin, portalRouter(container));
  app.use('/heroku', herokuRouter(container, sessions));
  app.use('/dev', devRouter(container, sessions));
  app.use(
    sessions,
    sameOrigin,
    dashboardRouter(container, docsRouter(container), apiReferenceRouter(container, api.description)),
  );
  app.use(pageErrorHandler);
  return app;
}
