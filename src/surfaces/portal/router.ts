import { Router } from 'express';
import { backFromForms } from '#src/surfaces/html/back-from-forms.ts';
import { formParser } from '#src/surfaces/html/form-fields.ts';
import { CONSOLE_LIMIT } from '#src/surfaces/html/signature-console.ts';
import { Forbidden } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { portalErrorHandler, portalNotFound } from './errors.ts';
import { attemptPages } from './attempts.ts';
import { brandPages } from './brand.ts';
import { type EndpointParts } from './endpoint-page.ts';
import { endpointRules } from './endpoint-rules.ts';
import { endpointPages } from './endpoints.ts';
import { eventPages } from './events.ts';
import { allowFraming } from './framing.ts';
import { homePages } from './home.ts';
import { visitHasEnded } from './portal-routes.ts';
import { repairPages } from './repair.ts';
import { secretPages } from './secrets.ts';
import { testPages } from './tests.ts';
import { verifyingPages } from './verifying.ts';
import { homeOf, keepSession, latestOf } from './session.ts';

type Parts = EndpointParts &
  Parameters<typeof attemptPages>[0] &
  Parameters<typeof repairPages>[0] &
  Parameters<typeof testPages>[0] &
  Parameters<typeof verifyingPages>[0];

/** Fits a filter and a certificate with its key, as forms are encoded. */
const RULES_LIMIT = '200kb';

/** The pages of subscribers. Mounted at `/portal`, behind the same-origin guard. */
export function portalRouter(container: Parts): Router {
  const router = Router();
  router.use('/:subscription/endpoints/:endpoint/signature', formParser(CONSOLE_LIMIT));
  router.use('/:subscription/endpoints/:endpoint/rules', formParser(RULES_LIMIT));
  router.use(formParser('20kb'));

  router.get('/', (req, res) => {
    const latest = latestOf(req);
    if (latest === undefined || !isUuid(latest)) throw visitHasEnded();
    res.redirect(303, homeOf(latest));
  });

  router.get('/:token', async (req, res, next) => {
    const { token } = req.params;
    if (isUuid(token)) {
      next();
      return;
    }
    // A HEAD does not use up a link that opens once.
    const opened = req.method === 'GET' ? await container.portalLinks.open(token) : null;
    if (opened === null) {
      throw new Forbidden('This link is no longer good. Ask whoever gave it to you for a new one.');
    }
    const { accountId, appId } = opened.subscription;
    allowFraming(res, await container.apps.get(accountId, appId));
    keepSession(res, opened);
    // Redirects, so that the secret token leaves the address bar.
    res.redirect(303, [homeOf(opened.subscription.id), opened.path ?? []].flat().join('/'));
  });

  router.use(homePages(container), endpointPages(container), secretPages(container), testPages(container));
  router.use(attemptPages(container), eventPages(container), repairPages(container));
  router.use(endpointRules(container), verifyingPages(container), brandPages(container));
  router.use(backFromForms(router), portalNotFound, portalErrorHandler);
  return router;
}
