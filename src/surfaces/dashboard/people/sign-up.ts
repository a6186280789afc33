import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { newPassword, typedPassword } from '#src/domain/people/passwords.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { readCookie, shortLivedCookie } from '#src/surfaces/html/cookies.ts';
import { takesFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { blankForm, type Form, line, submit } from '#src/surfaces/html/form.ts';
import { signInAndChoosePage } from './after-sign-in.ts';
import { emailField } from './fields.ts';
import { renderLinkIsOver } from './link-is-over.ts';

export type SignUpParts = Pick<Container, 'clock' | 'config' | 'pool' | 'signInRates' | 'signUps'>;

const signUpForm = z.strictObject({
  email: emailField,
  password: newPassword,
  account_name: line('Give the account a name: your company or project.', 100),
});

const confirmForm = z.strictObject({ password: typedPassword });

/** Proves that the link was opened in the browser that signed up. */
const BROWSER_COOKIE = 'hostedhooks.sign_up';
const BROWSER_COOKIE_MS = 24 * 60 * 60 * 1000;

/** Signing up without Heroku: a form, a mail, and the link in it. */
export function signUpPages(container: SignUpParts): Router {
  const { config, signInRates, signUps } = container;
  const router = Router();

  router.get('/sign_up', (_req, res) => renderSignUp(res, { form: blankForm() }));

  router.post('/sign_up', takesFields(signUpForm), async (req, res) => {
    const result = await submit(signUpForm, req.body, async ({ account_name: accountName, ...rest }) => {
      await signInRates.take({ network: req.ip ?? '', email: rest.email, of: 'mail' });
      return signUps.begin({ ...rest, accountName });
    });
    if ('form' in result) {
      await renderSignUp(res, result);
      return;
    }
    res.cookie(BROWSER_COOKIE, result.saved, { ...shortLivedCookie(req), maxAge: BROWSER_COOKIE_MS });
    res.redirect(303, '/sign_up/sent');
  });

  router.get('/sign_up/sent', (_req, res) =>
    renderPage(res, {
      view: 'people/mail-sent',
      title: 'Look into your mail',
      layout: 'public',
      model: {
        text: 'We have sent you a link, which is good for a day. Follow it here, in this browser, to go on.',
        showsMails: !config.isProduction,
      },
    }),
  );

  confirmation(router, container);
  return router;
}

/** The link in the mail. */
function confirmation(router: Router, container: SignUpParts): void {
  const { signInRates, signUps } = container;
  const goOn = async (req: Request, res: Response, personId: string) => {
    res.clearCookie(BROWSER_COOKIE, shortLivedCookie(req));
    res.redirect(303, await signInAndChoosePage(container, req, personId));
  };

  router.get<{ token: string }>('/sign_up/:token', async (req, res) => {
    const { token } = req.params;
    const signUp = await signUps.find(token);
    if (signUp === null) {
      await renderLinkIsOver(res, SIGN_UP_AGAIN);
      return;
    }
    const browserKey = readCookie(req, BROWSER_COOKIE);
    const person =
      browserKey === undefined ? null : await signUps.confirm(token, { browserKey }, req.ip ?? '');
    if (person !== null) await goOn(req, res, person.id);
    else await renderConfirm(res, { email: signUp.email, form: blankForm() });
  });

  router.post<{ token: string }>('/sign_up/:token', takesFields(confirmForm), async (req, res) => {
    const { token } = req.params;
    const signUp = await signUps.find(token);
    if (signUp === null) {
      await renderLinkIsOver(res, SIGN_UP_AGAIN);
      return;
    }
    const result = await submit(confirmForm, req.body, async (proof) => {
      await signInRates.take({ network: req.ip ?? '', email: signUp.email, of: 'password' });
      const person = await signUps.confirm(token, proof, req.ip ?? '');
      if (person === null) throw new InvalidInput('This is not the password that was chosen at the sign-up.');
      return person;
    });
    if ('form' in result) await renderConfirm(res, { email: signUp.email, ...result });
    else await goOn(req, res, result.saved.id);
  });
}

const SIGN_UP_AGAIN = { href: '/sign_up', label: 'Sign up again' };

function renderSignUp(res: Response, { form, status = 200 }: { form: Form; status?: number }) {
  return renderPage(res, {
    view: 'people/sign-up',
    title: 'Sign up',
    layout: 'public',
    model: { form },
    status,
  });
}

function renderConfirm(
  res: Response,
  { email, form, status = 200 }: { email: string; form: Form; status?: number },
) {
  const model = { email, form };
  return renderPage(res, {
    view: 'people/confirm',
    title: 'Confirm your address',
    layout: 'public',
    model,
    status,
  });
}
