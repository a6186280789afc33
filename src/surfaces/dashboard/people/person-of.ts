import type { Request, Response } from 'express';
import type { SignedInPerson } from '#src/domain/visits/session-people.ts';
import { Unauthenticated } from '#src/infra/lib/errors.ts';
import { rememberReturnPath } from '#src/surfaces/html/return-path.ts';

/** The person of ours who is signed in. Throws Unauthenticated for nobody, and for Heroku's people. */
export function personOf({ person }: Pick<Request, 'person'>): SignedInPerson {
  if (person === null) throw new Unauthenticated('Sign in first.');
  return person;
}

/** The person who is signed in; null when nobody is, and the browser was sent to sign in and come back. */
export function personOrSignIn(req: Request, res: Response): SignedInPerson | null {
  if (req.person === null) {
    rememberReturnPath(req, res);
    res.redirect('/sign_in');
  }
  return req.person;
}
