import { hkdfSync } from 'node:crypto';
import connectPgSimple from 'connect-pg-simple';
import { type Request, type RequestHandler, Router } from 'express';
import session from 'express-session';
import type { Container } from '#src/container.ts';
import type { NewVisit, Visit } from '#src/domain/visits/visit.ts';
import {
  beginPersonSession,
  findSignedInPerson,
  type SignedInPerson,
} from '#src/domain/visits/session-people.ts';
import { MAX_IDLE_MS } from '#src/domain/visits/visit-times.ts';
import { listVisits, moveVisits } from '#src/domain/visits/visits.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** The visit that the request is for. Passport knows it as its user. */
    user?: Visit;
    /** The open visits of this browser, the latest sign-on first. Set by {@link sessionMiddleware}. */
    visits: Visit[];
    /** The person of ours who is signed in in this browser; null for nobody. Set by {@link sessionMiddleware}. */
    person: SignedInPerson | null;
  }
}

const COOKIE = 'hostedhooks.sid';
const PRUNE_SECONDS = 15 * 60;
const MAX_CHARACTERS = 300;

/** Keeps sessions in PostgreSQL and sets `req.visits` and `req.person`. Mounted by the surfaces that people use. */
export function sessionMiddleware(
  container: Pick<Container, 'config' | 'logger' | 'pool' | 'clock'>,
): RequestHandler {
  const { config, logger, pool } = container;
  const PgStore = connectPgSimple(session);
  const store = new PgStore({
    pool,
    tableName: 'sessions',
    createTableIfMissing: false,
    pruneSessionInterval: PRUNE_SECONDS,
    ttl: MAX_IDLE_MS / 1000,
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
      // The cookie has no expiry: the database has. So the cookie is sent only when it is new, and a page that was
      // under way during a sign-on in another tab does not restore the old one.
      rolling: false,
      // Lax, not Strict: Heroku's form comes from another site, and the redirect after it must carry the cookie.
      cookie: { httpOnly: true, sameSite: 'lax', secure: config.isProduction, path: '/' },
    }),
  );
  router.use(async (req, _res, next) => {
    [req.visits, req.person] = await Promise.all([
      listVisits(container, req.sessionID),
      findSignedInPerson(container, req.sessionID),
    ]);
    next();
  });
  return router;
}

/**
 * Adds the visit to the browser's others under a fresh session id, so that an id that was planted or seen before is
 * worthless. False when the account or the member was just removed.
 */
export async function signIn(
  deps: Pick<Container, 'pool' | 'clock'>,
  req: Request,
  visit: NewVisit,
): Promise<boolean> {
  const from = await freshSession(req);
  return moveVisits(deps, { from, to: req.sessionID, visit });
}

/**
 * Signs the person in under a fresh session id, with a visit to each of their accounts. Visits by way of Heroku stay;
 * those of another person end.
 */
export async function signInPerson(
  deps: Pick<Container, 'pool' | 'clock'>,
  req: Request,
  personId: string,
): Promise<void> {
  const from = await freshSession(req);
  const { ip: address = '', headers } = req;
  const browser = (headers['user-agent'] ?? '').slice(0, MAX_CHARACTERS);
  await beginPersonSession(deps, { from, to: req.sessionID, personId, address, browser });
}

/** Saves a session with a new id; answers the id of the one before. */
async function freshSession(req: Request): Promise<string> {
  const from = req.sessionID;
  // Not `regenerate`, because that ends the old session first and would sign out another tab for a moment.
  req.sessionStore.generate(req);
  await new Promise<void>((resolve, reject) => {
    req.session.save(resolveWith(resolve, reject, 'could not save the session'));
  });
  return from;
}

/** Ends the session with all its visits, in the database too. */
export async function endSession(req: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.destroy(resolveWith(resolve, reject, 'could not sign out'));
  });
}

/** A Node callback that resolves or rejects a promise; `failure` is the message where the store gives no Error. */
function resolveWith(resolve: () => void, reject: (error: Error) => void, failure: string) {
  return (error: unknown) => {
    if (error === undefined || error === null) resolve();
    else reject(error instanceof Error ? error : new Error(failure, { cause: error }));
  };
}
