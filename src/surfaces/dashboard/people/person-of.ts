import type { Request } from 'express';
import type { SignedInPerson } from '#src/domain/visits/session-people.ts';
import { Unauthenticated } from '#src/infra/lib/errors.ts';

/** The person of ours who is signed in. Throws Unauthenticated for nobody, and for Heroku's people. */
export function personOf({ person }: Pick<Request, 'person'>): SignedInPerson {
  if (person === null) throw new Unauthenticated('Sign in first.');
  return person;
}
