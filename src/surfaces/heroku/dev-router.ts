import express, { type RequestHandler, type Router } from 'express';
import type { Container } from '#src/container.ts';
import { consumeReturnPath } from '#src/surfaces/html/return-path.ts';
import { signIn } from '#src/surfaces/html/session.ts';
import { readDevSignIn } from './dev-sign-in.ts';
import { visitResource } from './resource-session.ts';
import { refuse } from './sso-refusals.ts';
import { ssoRoute } from './sso-route.ts';
import type { SsoParts } from './sso-strategy.ts';

/**
 * Sign-in by link, for development: Heroku's form with its fields in the query, and the link that `npm start` prints.
 * Production has neither route, because links end up in histories and logs.
 */
export function devRouter(container: SsoParts & Pick<Container, 'logger'>, sessions: RequestHandler): Router {
  const { clock, config } = container;
  const router = express.Router();
  if (config.isProduction) return router;

  router.get(
    '/heroku/sso',
    sessions,
    ssoRoute(container, (req) => req.query),
  );

  router.get<{ token: string }>('/sign_in/:token', sessions, async (req, res) => {
    const link = readDevSignIn({ appSecret: config.secrets.app, clock }, req.params.token);
    const entry =
      link === null
        ? { refusal: { reason: 'expired' as const } }
        : await visitResource(container, { resourceId: link.resourceId, person: link });
    if ('refusal' in entry) {
      await refuse(container, res, entry.refusal);
      return;
    }
    if (!(await signIn(container, req, entry.visit))) {
      await refuse(container, res, { reason: 'removed' });
      return;
    }
    res.redirect(consumeReturnPath(req, entry.visit.resourceId));
  });
  return router;
}
