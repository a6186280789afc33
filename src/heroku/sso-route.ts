import type { Request, RequestHandler, Response } from 'express';
import type { PassportStatic } from 'passport';
import type { Container } from '../container.ts';
import { createPassport } from '../http/passport.ts';
import { renderPage } from '../http/render.ts';
import { type SessionUser, signIn } from '../http/session.ts';
import { setNavData } from './nav-data.ts';
import { type SsoRefusal, ssoStrategy } from './sso-strategy.ts';

/** Answers a sign-on form: a session of the resource and the dashboard, or a page that says why not. */
export function ssoRoute(container: Container, formOf: (req: Request) => unknown): RequestHandler {
  const passport = createPassport(container);
  passport.use('heroku', ssoStrategy(container, formOf));
  return async (req, res) => {
    const outcome = await authenticate(passport, req, res);
    if (outcome.user === null) {
      const { refusal } = outcome;
      container.logger.info({ refusal }, 'a single sign-on was refused');
      await refuse(res, refusal);
      return;
    }
    await signIn(req, outcome.user);
    setNavData(req, res, formOf(req));
    // Not to the page that was asked for before: the resource may be another.
    res.redirect('/dashboard');
  };
}

type Outcome = { user: SessionUser } | { user: null; refusal: SsoRefusal };

function authenticate(passport: Pick<PassportStatic, 'authenticate'>, req: Request, res: Response) {
  return new Promise<Outcome>((resolve, reject) => {
    const callback = (error: Error | null, user: SessionUser | false, refusal: SsoRefusal) => {
      if (error !== null) reject(error);
      else resolve(user === false ? { user: null, refusal } : { user });
    };
    const handler = passport.authenticate('heroku', callback) as RequestHandler;
    void handler(req, res, reject);
  });
}

/** One page for all that is wrong with a token, so that it does not tell an attacker which part was right. */
export async function refuse(res: Response, refusal: SsoRefusal): Promise<void> {
  const isOld = refusal === 'expired' || refusal === 'used';
  await renderPage(res, {
    view: 'errors/error',
    title: 'Sign-in refused',
    status: 403,
    layout: 'public',
    model: {
      heading: isOld ? 'This sign-in has expired' : 'We could not sign you in',
      text: isOld
        ? 'A sign-in from Heroku works once and for five minutes. Open HostedHooks from Heroku again.'
        : 'The sign-in from Heroku is not valid for a HostedHooks add-on. Open HostedHooks from Heroku again; if it ' +
          'happens again, contact support@hostedhooks.com.',
      action: { href: 'https://dashboard.heroku.com/apps', label: 'Go to Heroku' },
    },
  });
}
