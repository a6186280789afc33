import { hkdfSync } from 'node:crypto';
import connectPgSimple from 'connect-pg-simple';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import session from 'express-session';
import type { Container } from '../container.ts';
import { Unauthenticated } from '../lib/errors.ts';
import { localPath } from './local-path.ts';
import { createPassport } from './passport.ts';
import type { SessionUser } from './session-user.ts';

export type { SessionUser } from './session-user.ts';

const COOKIE = 'hostedhooks.sid';
const HOME = '/dashboard';
const LIFETIME_MS = 12 * 60 * 60 * 1000;
const PRUNE_SECONDS = 15 * 60;

/** Sessions in PostgreSQL and the user of each in `req.user`. Mounted by the surfaces that people use, not by the API. */
export function sessionMiddleware(container: Container): RequestHandler {
  const { config, logger, pool } = container;
  const PgStore = connectPgSimple(session);
  const store = new PgStore({
    pool,
    tableName: 'sessions',
    createTableIfMissing: false,
    pruneSessionInterval: PRUNE_SECONDS,
    errorLog: (...details: unknown[]) => {
      logger.warn({ details }, 'the session store had a problem');
    },
  });
  const router = Router();
  router.use(
    session({
      store,
      name: COOKIE,
      secret: Buffer.from(hkdfSync('sha256', config.secrets.app.reveal(), '', 'session', 32)).toString('hex'),
      resave: false,
      saveUninitialized: false,
      // Renewed by use: a session ends 12 hours after its last page.
      rolling: true,
      // Lax, not Strict: Heroku's form comes from another site, and the redirect after it must carry the cookie.
      cookie: {
        httpOnly: true,
        sameSite: 'lax',
        secure: config.isProduction,
        maxAge: LIFETIME_MS,
        path: '/',
      },
    }),
  );
  router.use(createPassport(container).session());
  return router;
}

/** Lets nobody pass without a session: pages lead to the sign-in page, everything else answers 401. */
export const requireSession: RequestHandler = (req, res, next) => {
  if (req.user !== undefined) {
    next();
  } else if (req.accepts(['html', 'json']) === 'html') {
    if (req.method === 'GET') rememberReturnPath(req, res);
    res.redirect('/sign_in');
  } else {
    next(new Unauthenticated('Sign in first.'));
  }
};

const RETURN_COOKIE = 'hostedhooks.return';
const RETURN_MS = 15 * 60 * 1000;

/** In a cookie of its own: whoever is signed out has no session. It holds a path only, and is checked when it is read. */
function rememberReturnPath(req: Request, res: Response): void {
  res.cookie(RETURN_COOKIE, req.originalUrl, { ...returnCookie(req), maxAge: RETURN_MS });
}

/** The page that was asked for before the sign-in, once; the dashboard when there was none. Never another site's. */
export function takeReturnPath(req: Request): string {
  const cookie = new RegExp(`(?:^|;\\s*)${RETURN_COOKIE}=([^;]*)`).exec(req.headers.cookie ?? '')?.[1];
  if (cookie === undefined) return HOME;
  req.res?.clearCookie(RETURN_COOKIE, returnCookie(req));
  try {
    return localPath(decodeURIComponent(cookie), HOME);
  } catch {
    return HOME;
  }
}

const returnCookie = ({ secure }: Request) =>
  ({ httpOnly: true, path: '/', secure, sameSite: 'lax' }) as const;

/** Opens a session for `user` under a fresh id, so that an id planted before is worthless. */
export async function signIn(req: Request, user: SessionUser): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.logIn(user, (error: unknown) => {
      if (error === undefined || error === null) resolve();
      else reject(error instanceof Error ? error : new Error('could not sign in', { cause: error }));
    });
  });
}

/** Ends the session, in the database too. */
export async function signOut(req: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.destroy((error: unknown) => {
      if (error === undefined || error === null) resolve();
      else reject(error instanceof Error ? error : new Error('could not sign out', { cause: error }));
    });
  });
}
