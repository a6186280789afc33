import { type Request, type RequestHandler, type Response, Router } from 'express';
import passport, { type PassportStatic } from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import { z } from 'zod';
import { normalAddress } from '#src/infra/lib/email-address.ts';
import type { Container } from '#src/container.ts';
import { typedPassword } from '#src/domain/people/passwords.ts';
import type { KnownPerson } from '#src/domain/people/people-rows.ts';
import { Unauthenticated } from '#src/infra/lib/errors.ts';
import { takesFields } from '#src/surfaces/html/form-fields.ts';
import { renderSignIn } from '#src/surfaces/dashboard/access/require-visit.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { signInAndChoosePage } from './after-sign-in.ts';
import { emailField } from './fields.ts';

export type SignInParts = Pick<
  Container,
  'clock' | 'config' | 'passwordsOfPeople' | 'pool' | 'secondStep' | 'signInRates'
>;

const signInForm = z.strictObject({ email: emailField, password: typedPassword });

const codeForm = z.strictObject({
  token: z.string().max(2000),
  code: z.string('Type the code.').trim().min(1, 'Type the code.').max(40),
});

/** What the form carries through a refusal of its other field. */
const carried = z.object({ token: z.string() }).catch({ token: '' });

/** Signing in with a password of ours. The page itself is one of the public ones. */
export function signInPages(container: SignInParts): Router {
  const { secondStep, signInRates } = container;
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
    else if (result.saved.hasSecondStep) {
      await renderCode(res, { token: secondStep.tokenFor(result.saved), form: blankForm() });
    } else res.redirect(303, await signInAndChoosePage(container, req, result.saved.id));
  });

  router.post('/sign_in/code', takesFields(codeForm), async (req, res) => {
    const { token } = carried.parse(req.body);
    const result = await submit(codeForm, req.body, async ({ code }) => {
      const person = await secondStep.personOf(token);
      if (person === null) throw new Unauthenticated('That took too long. Begin again.');
      await signInRates.take({ network: req.ip ?? '', personId: person.id });
      if (await secondStep.check(person.id, code)) return person;
      throw new Unauthenticated('This code is not right, or was used before. Wait for the next one.');
    });
    if ('form' in result) await renderCode(res, { token, ...result });
    else res.redirect(303, await signInAndChoosePage(container, req, result.saved.id));
  });

  return router;
}

function renderCode(
  res: Response,
  { token, form, status = 200 }: { token: string; form: Form; status?: number },
) {
  const model = { token, form };
  return renderPage(res, {
    view: 'people/second-step',
    title: 'Enter the code',
    layout: 'public',
    model,
    status,
  });
}

function passwordStrategy({ passwordsOfPeople }: Pick<Container, 'passwordsOfPeople'>): LocalStrategy {
  return new LocalStrategy({ usernameField: 'email', session: false }, (email, password, done) => {
    // Null is nobody's address, and takes as long as a wrong password.
    passwordsOfPeople.check(normalAddress(email.trim()) ?? '', password).then(
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
): Promise<KnownPerson | null> {
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, person: KnownPerson | false) => {
      if (error !== null) reject(error);
      else resolve(person === false ? null : person);
    };
    const handler = instance.authenticate('password', callback) as RequestHandler;
    void handler(req, res, reject);
  });
}
