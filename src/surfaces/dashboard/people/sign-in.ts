import { type Request, type RequestHandler, type Response, Router } from 'express';
import passport, { type PassportStatic } from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { typedPassword } from '#src/domain/people/passwords.ts';
import type { Person } from '#src/domain/people/person.ts';
import { Unauthenticated } from '#src/infra/lib/errors.ts';
import { takesFields } from '#src/surfaces/html/form-fields.ts';
import { renderSignIn } from '#src/surfaces/dashboard/access/require-visit.ts';
import { submit } from '#src/surfaces/html/form.ts';
import { signInAndChoosePage } from './after-sign-in.ts';
import { emailField } from './fields.ts';

export type SignInParts = Pick<Container, 'clock' | 'config' | 'passwordsOfPeople' | 'pool' | 'signInRates'>;

const signInForm = z.strictObject({ email: emailField, password: typedPassword });

/** Signing in with a password of ours. The page itself is one of the public ones. */
export function signInPages(container: SignInParts): Router {
  const { signInRates } = container;
  const router = Router();
  const instance = new passport.Passport();
  instance.use('password', passwordStrategy(container));

  router.post('/sign_in', takesFields(signInForm), async (req, res) => {
    const result = await submit(signInForm, req.body, async ({ email }) => {
      await signInRates.take({ network: req.ip ?? '', email, of: 'password' });
      const person = await authenticate(instance, req, res);
      if (person === null)
        throw new Unauthenticated('This address and this password do not belong together.');
      return person;
    });
    if ('form' in result) await renderSignIn(container, res, result);
    else res.redirect(303, await signInAndChoosePage(container, req, result.saved.id));
  });

  return router;
}

function passwordStrategy({ passwordsOfPeople }: Pick<Container, 'passwordsOfPeople'>): LocalStrategy {
  return new LocalStrategy({ usernameField: 'email', session: false }, (email, password, done) => {
    passwordsOfPeople.check(email.trim(), password).then(
      (person) => {
        done(null, person ?? false);
      },
      (error: unknown) => {
        done(error);
      },
    );
  });
}

/** Passport only verifies. Who is signed in is kept outside of it, because it has just one user a session. */
function authenticate(
  instance: Pick<PassportStatic, 'authenticate'>,
  req: Request,
  res: Response,
): Promise<Person | null> {
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, person: Person | false) => {
      if (error !== null) reject(error);
      else resolve(person === false ? null : person);
    };
    const handler = instance.authenticate('password', callback) as RequestHandler;
    void handler(req, res, reject);
  });
}
