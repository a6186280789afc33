import { Router } from 'express';
import { type PasswordParts, passwordPages } from './password.ts';
import { type SignInParts, signInPages } from './sign-in.ts';
import { type SignUpParts, signUpPages } from './sign-up.ts';
import { youPages } from './you.ts';

/** The pages of people who have no account, or whichever: signing up and in, and what is theirs. */
export function peoplePages(container: SignUpParts & SignInParts & PasswordParts): Router {
  const router = Router();
  router.use(signUpPages(container), signInPages(container), passwordPages(container), youPages(container));
  return router;
}
