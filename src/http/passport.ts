import passport from 'passport';
import type { Container } from '../container.ts';
import { loadSessionUser, type SessionUser, type StoredUser } from './session-user.ts';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how Express lets `req.user` be typed
  namespace Express {
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merged with what passport declares
    interface User extends SessionUser {}
  }
}

/** Passport that keeps of a user only ids, and reads the rest on every request. Each surface adds its strategies. */
export function createPassport({ pool }: Pick<Container, 'pool'>): passport.Authenticator {
  const instance = new passport.Passport();
  instance.serializeUser((user, done) => {
    const stored: StoredUser = { memberId: user.memberId, resourceId: user.resourceId };
    done(null, stored);
  });
  instance.deserializeUser((stored: StoredUser, done) => {
    loadSessionUser(pool, stored).then(
      (user) => {
        done(null, user ?? false);
      },
      (error: unknown) => {
        done(error);
      },
    );
  });
  return instance;
}
