import type { RequestListener } from 'node:http';
import express from 'express';
import { createApi, MOUNTED_AT } from '#src/surfaces/api/router.ts';
import type { Container } from './container.ts';
import { currentBeneficiary, onBehalfOf } from '#src/infra/lib/on-behalf.ts';
import { dashboardRouter, pageErrorHandler } from '#src/surfaces/dashboard/router.ts';
import { apiReferenceRouter } from '#src/surfaces/docs/api-router.ts';
import { docsRouter } from '#src/surfaces/docs/router.ts';
import { devRouter } from '#src/surfaces/heroku/dev-router.ts';
import { herokuRouter } from '#src/surfaces/heroku/router.ts';
import { ArrivalBudget } from '#src/surfaces/http/arrival-budget.ts';
import { clientAddress } from '#src/surfaces/http/client-address.ts';
import { cutAnswer } from '#src/surfaces/http/cut-answer.ts';
import { limitArrival } from '#src/surfaces/http/arrival-limit.ts';
import { serveAssets } from '#src/surfaces/html/assets.ts';
import { healthRouter } from '#src/surfaces/http/health.ts';
import { metricsRouter } from '#src/surfaces/http/metrics.ts';
import { requestContext } from '#src/surfaces/http/request-context.ts';
import { answerTargetsWithoutPath } from '#src/surfaces/http/request-target.ts';
import { sameOrigin } from '#src/surfaces/html/same-origin.ts';
import { securityHeaders } from '#src/surfaces/http/security-headers.ts';
import { sessionMiddleware } from '#src/surfaces/html/session.ts';
import { takeTurns } from '#src/surfaces/http/take-turns.ts';
import { mailPreferencePages } from '#src/surfaces/portal/mail-preferences.ts';
import { evidencePages } from '#src/surfaces/evidence/router.ts';
import { portalRouter } from '#src/surfaces/portal/router.ts';
import { hookHelperInbox } from '#src/surfaces/hook-helper-inbox/router.ts';

/** The limit for all requests but imports. Node's own limit has no exceptions, so the server's is an hour. */
const ARRIVAL_MS = 300_000;

/** Some milliseconds of work, and enough that their messages are written together. */
const REQUESTS_PER_TURN = 32;
/** A page takes milliseconds to render. */
const PAGES_PER_TURN = 1;

/**
 * Every request is counted and waits for its turn before Express sees it, because Express costs more than both. It is
 * on behalf of its address, until the account is known.
 *
 * @param options `preparesDocs`: describes the API at once, which takes 0.2 s and others would wait for beside its
 *   first reader
 */
export function createHttpApp(container: Container, { preparesDocs = false } = {}): RequestListener {
  const addressOf = clientAddress({ isBehindProxy: container.config.isProduction });
  const arrivals = new ArrivalBudget();
  const { app, accountOf, description } = createExpressApp(container, arrivals);
  if (preparesDocs) description();
  const turns = takeTurns({
    perTurn: REQUESTS_PER_TURN,
    queueOf: (req) => accountOf(req) ?? currentBeneficiary(),
  });
  return (req, res) => {
    const address = addressOf(req);
    arrivals.count(req, res, address);
    onBehalfOf(address, () => {
      turns(req, res, () => {
        app(req, res);
      });
    });
  };
}

/**
 * The surfaces in order, each with its own authentication and form of errors. The API comes first, because it is the
 * hot path and needs no sessions, cookies or page headers.
 */
function createExpressApp(container: Container, arrivals: ArrivalBudget) {
  const { config } = container;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  // One proxy: Heroku's router.
  app.set('trust proxy', config.isProduction ? 1 : false);

  app.use(requestContext(app, container.logger));
  app.use(answerTargetsWithoutPath, limitArrival(ARRIVAL_MS));
  const api = createApi(container, arrivals);
  app.use(api.shortcut);
  app.use(MOUNTED_AT, api.router);
  app.use(healthRouter(container.pool), metricsRouter(container));
  app.use('/r', hookHelperInbox(container));

  app.use(takeTurns({ perTurn: PAGES_PER_TURN, queueOf: currentBeneficiary }));
  const sessions = sessionMiddleware(container);
  app.use(securityHeaders({ isHttpsOnly: config.isProduction }));
  app.use('/assets', serveAssets());
  app.use('/portal', sameOrigin, portalRouter(container));
  app.use('/evidence', evidencePages(container));
  app.use('/mails', mailPreferencePages(container));
  app.use('/heroku', herokuRouter(container, sessions));
  app.use('/dev', devRouter(container, sessions));
  app.use(
    sessions,
    sameOrigin,
    dashboardRouter(container, docsRouter(container), apiReferenceRouter(container, api.description)),
  );
  app.use(pageErrorHandler, cutAnswer);
  return { app, accountOf: api.accountOf, description: api.description };
}
