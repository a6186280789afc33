import { Router } from 'express';
import { type DeletionParts, deletionPages } from './deletion.ts';
import { type InvitationParts, invitationPages } from './invitations.ts';
import { type PasswordParts, passwordPages } from './password.ts';
import { type SecondStepParts, secondStepPages } from './second-step.ts';
import { type SecurityParts, securityPages } from './security.ts';
import { type SignInParts, signInPages } from './sign-in.ts';
import { type SignUpParts, signUpPages } from './sign-up.ts';
import { type YouParts, youPages } from './you.ts';

/** The pages of people who have no account, or whichever: signing up and in, and what is theirs. */
export function peoplePages(
  container: SignUpParts &
    SignInParts &
    PasswordParts &
    YouParts &
    DeletionParts &
    InvitationParts &
    SecurityParts &
    SecondStepParts,
): Router {
  const router = Router();
  router.use(signUpPages(container), signInPages(container), passwordPages(container), youPages(container));
  router.use(invitationPages(container), securityPages(container), secondStepPages(container));
  router.use(deletionPages(container));
  return router;
}
