import { hkdfSync } from 'node:crypto';
import connectPgSimple from 'connect-pg-simple';
import { type Request, type RequestHandler, Router } from 'express';
import session from 'express-session';
import type { Container } from '#src/container.ts';
import type { NewVisit } from './session-user.ts';
import { listVisits, moveVisits, VISIT_MS } from './visits.ts';

export type { SessionUser } from './session-user.ts';

const COOKIE = 'hostedhooks.sid';
const PRUNE_SECONDS = 15 * 60;

/** Sessions in PostgreSQL, and in `req.visits` whom each is signed in as. Mounted by the surfaces that people use. */
export function sessionMiddleware(container: Container): RequestHandler {
  const { config, logger, pool } = container;
  const PgStore = connectPgSimple(session);
  const store = new PgStore({
    pool,
    tableName: 'sessions',
    createTableIfMissing: false,
    pruneSessionInterval: PRUNE_SECONDS,
    ttl: VISIT_MS / 1000,
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
      // Its end is kept here, not in the cookie. So the cookie is sent only when it is new: a page that was under way
      // during a sign-on in another tab does not put the old one back.
      rolling: false,
      // Lax, not Strict: Heroku's form comes from another site, and the redirect after it must carry the cookie.
      cookie: { httpOnly: true, sameSite: 'lax', secure: config.isProduction, path: '/' },
    }),
  );
  router.use(async (req, _res, next) => {
    req.visits = await listVisits(container, req.sessionID);
    next();
  });
  return router;
}

/**
 * Adds the visit to this browser's under a fresh session id, so that an id that was planted or seen before is
 * worthless. Of the same account there is one visit: the latest. False when the account or the member went away just now.
 */
export async function signIn(
  parts: Pick<Container, 'pool' | 'clock'>,
  req: Request,
  visit: NewVisit,
): Promise<boolean> {
  const from = req.sessionID;
  // Not `regenerate`, which ends the old session first: another tab would be signed out for a moment.
  req.sessionStore.generate(req);
  await new Promise<void>((resolve, reject) => {
    req.session.save(settle(resolve, reject, 'could not save the session'));
  });
  return moveVisits(parts, { from, to: req.sessionID, visit });
}

/** Ends the session with all its visits, in the database too. */
export async function endSession(req: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.destroy(settle(resolve, reject, 'could not sign out'));
  });
}

function settle(resolve: () => void, reject: (error: Error) => void, what: string) {
  return (error: unknown) => {
    if (error === undefined || error === null) resolve();
    else reject(error instanceof Error ? error : new Error(what, { cause: error }));
  };
}
