import express, { type RequestHandler, type Router } from 'express';
import type { Container } from '#src/container.ts';
import { partnerRouter } from './partner-router.ts';
import { ssoRoute } from './sso-route.ts';
import type { SsoParts } from './sso-strategy.ts';
import { herokuEventsRouter } from './heroku-events-router.ts';

/** The routes that Heroku calls, at `/heroku`. No same-origin guard, because Heroku's site posts the form. */
export function herokuRouter(
  container: SsoParts & Pick<Container, 'logger' | 'provisioning'>,
  sessions: RequestHandler,
): Router {
  const router = express.Router();
  router.use('/resources', partnerRouter(container));
  router.use('/webhooks', herokuEventsRouter(container));
  // Unlike our pages' forms this one may have fields that we do not know, because Heroku adds some without notice.
  router.post(
    '/sso',
    sessions,
    express.urlencoded({ extended: false, limit: '20kb' }),
    ssoRoute(container, (req): unknown => req.body),
  );
  return router;
}
