import type { RequestHandler, Response } from 'express';
import type { Container } from '#src/container.ts';
import { withTenant } from '#src/surfaces/html/tenant-path.ts';
import { type PageLocals, renderPage } from '#src/surfaces/html/render.ts';
import { rememberReturnPath } from '#src/surfaces/html/return-path.ts';
import { renewPerson } from '#src/domain/visits/session-people.ts';
import { renewVisit } from '#src/domain/visits/visits.ts';
import { Conflict, Forbidden, Unauthenticated } from '#src/infra/lib/errors.ts';
import { blankForm, type Form } from '#src/surfaces/html/form.ts';
import { herokuCommands } from '#src/surfaces/dashboard/heroku-commands.ts';

/**
 * Requires a visit to the add-on in the URL. Without one, a page request gets the sign-in page, any other a 401 or 403.
 */
export function requireVisit(container: Pick<Container, 'clock' | 'config' | 'pool'>): RequestHandler {
  return async (req, res, next) => {
    const { person, user, visits } = req;
    const isPage = req.accepts(['html', 'json']) === 'html';
    if (user !== undefined) {
      // Only pages renew the visit, because a forgotten tab reconnects its stream without anyone at it.
      if (isPage) await renewVisit(container, req.sessionID, user);
      if (isPage && person !== null) await renewPerson(container, req.sessionID, person);
      next();
    } else if (visits.length === 0) {
      if (!isPage) throw new Unauthenticated('Sign in first.');
      if (person !== null) {
        res.redirect('/you');
        return;
      }
      if (req.method === 'GET') rememberReturnPath(req, res);
      res.redirect('/sign_in');
    } else if (req.query['addon'] === undefined) {
      // `requireChoice` asks for the add-on, after the form is parsed.
      next();
    } else if (isPage) {
      await renderSignIn(container, res, { isElsewhere: true, status: 403 });
    } else {
      throw new Forbidden('You are not signed in to this add-on. Open it from Heroku.');
    }
  };
}

/** Refuses a request that names none of several add-ons and asks for one. Mounted behind the form parser. */
export const requireChoice: RequestHandler = async (req, res, next) => {
  if (req.user !== undefined) {
    next();
  } else if (req.accepts(['html', 'json']) === 'html') {
    const body = (req.body ?? {}) as Record<string, unknown>;
    const fields = Object.entries(body).flatMap(([name, value]) =>
      [value].flat().map((one) => ({ name, value: String(one) })),
    );
    const choices = (res.locals as PageLocals).visits?.map(({ tenantId, label }) => ({
      label,
      address: withTenant(req.originalUrl, tenantId),
    }));
    const model = { fields, choices };
    await renderPage(res, {
      view: 'errors/which-addon',
      title: 'Which add-on?',
      status: 409,
      layout: 'public',
      model,
    });
  } else {
    throw new Conflict('You are signed in to several add-ons. Say which with ?addon=ID.');
  }
};

interface SignInPage {
  /** The browser is signed in to other add-ons, but not to the requested one. */
  isElsewhere?: boolean;
  status?: number;
  form?: Form;
}

/** The sign-in page: a password of ours, or the ways by Heroku. */
export async function renderSignIn(
  { config }: Pick<Container, 'config'>,
  res: Response,
  { isElsewhere = false, status = 200, form = blankForm() }: SignInPage = {},
): Promise<void> {
  const model = { heroku: herokuCommands(config), isElsewhere, form };
  await renderPage(res, { view: 'public/sign-in', title: 'Sign in', layout: 'public', model, status });
}
