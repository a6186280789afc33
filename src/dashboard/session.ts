import type { Request, RequestHandler } from 'express';
import type { Pool } from 'pg';
import type { Container } from '../container.ts';
import type { PageLocals } from '../http/render.ts';
import { loadSessionUser, type SessionUser } from '../http/session-user.ts';
import { Unauthenticated } from '../lib/errors.ts';

/** Who is signed in, on pages behind `requireSession`. */
export function currentUser(req: Request): SessionUser {
  if (req.user === undefined) throw new Unauthenticated('Sign in first.');
  return req.user;
}

/** Reads what the frame of every page shows: who is signed in, their account, and the Heroku resource. */
export function loadFrame({ models }: Pick<Container, 'models'>): RequestHandler {
  return async (req, res, next) => {
    const { user } = req;
    if (user !== undefined) {
      const [account, resource] = await Promise.all([
        models.Account.findByPk(user.accountId),
        user.resourceId === null ? null : models.HerokuResource.findByPk(user.resourceId),
      ]);
      const plan = account?.plan ?? '';
      const locals = res.locals as PageLocals;
      locals.user = { email: user.email ?? 'signed in by Heroku' };
      if (account !== null) locals.account = { name: account.name, plan };
      if (resource !== null) {
        locals.resource = { name: resource.name ?? '', appName: resource.appName ?? '', plan };
      }
    }
    next();
  };
}

/** Whether the session of a request that is still open is there yet, and its user, too. */
export async function isStillSignedIn(pool: Pool, req: Request): Promise<boolean> {
  const { memberId, resourceId } = currentUser(req);
  const session = await new Promise<unknown>((resolve, reject) => {
    req.sessionStore.get(req.sessionID, (error: unknown, found) => {
      if (error === undefined || error === null) resolve(found);
      else reject(error instanceof Error ? error : new Error('could not read the session', { cause: error }));
    });
  });
  return (
    session !== undefined &&
    session !== null &&
    (await loadSessionUser(pool, { memberId, resourceId })) !== null
  );
}
