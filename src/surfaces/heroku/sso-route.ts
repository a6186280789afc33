import type { Request, RequestHandler, Response } from 'express';
import passport, { type PassportStatic } from 'passport';
import type { Container } from '#src/container.ts';
import { tenantPath } from '#src/surfaces/html/tenant-path.ts';
import { signIn } from '#src/surfaces/html/session.ts';
import { setNavData } from './nav-data.ts';
import type { Entry } from './resource-session.ts';
import { refuse } from './sso-refusals.ts';
import { type SsoParts, type SsoRefusal, ssoStrategy } from './sso-strategy.ts';

/** Handles a sign-on form: begins a visit and redirects to the dashboard, or renders the refusal. */
export function ssoRoute(
  container: SsoParts & Pick<Container, 'logger'>,
  formOf: (req: Request) => unknown,
): RequestHandler {
  const instance = new passport.Passport();
  instance.use('heroku', ssoStrategy(container, formOf));
  return async (req, res) => {
    const outcome = await authenticate(instance, req, res);
    if ('refusal' in outcome) {
      const { refusal } = outcome;
      container.logger.info({ refusal: refusal.reason }, 'single sign-on refused');
      await refuse(container, res, refusal);
      return;
    }
    const { visit } = outcome;
    if (!(await signIn(container, req, visit))) {
      await refuse(container, res, { reason: 'removed' });
      return;
    }
    setNavData(req, res, formOf(req));
    // Not to the page requested before, because that page may belong to another resource.
    res.redirect(tenantPath('/dashboard', visit.resourceId));
  };
}

type Outcome = Extract<Entry, { visit: object }> | { refusal: SsoRefusal };

/** Passport only verifies the form. Visits are kept outside of Passport, which has just one user a session. */
function authenticate(instance: Pick<PassportStatic, 'authenticate'>, req: Request, res: Response) {
  return new Promise<Outcome>((resolve, reject) => {
    const callback = (
      error: Error | null,
      visit: Extract<Entry, { visit: object }>['visit'] | false,
      refusal: SsoRefusal,
    ) => {
      if (error !== null) reject(error);
      else resolve(visit === false ? { refusal } : { visit });
    };
    const handler = instance.authenticate('heroku', callback) as RequestHandler;
    void handler(req, res, reject);
  });
}
