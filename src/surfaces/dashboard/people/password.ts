import { type Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { newPassword } from '#src/domain/people/passwords.ts';
import { takesFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { emailField } from './fields.ts';
import { renderLinkIsOver } from './link-is-over.ts';

export type PasswordParts = Pick<Container, 'config' | 'passwordsOfPeople' | 'signInRates'>;

const askForm = z.strictObject({ email: emailField });
const newForm = z.strictObject({ password: newPassword });

/** A forgotten password: a form, a mail, and the link in it. */
export function passwordPages(container: PasswordParts): Router {
  const { config, passwordsOfPeople, signInRates } = container;
  const router = Router();

  router.get('/password', (_req, res) => renderAsk(res, { form: blankForm() }));

  router.post('/password', takesFields(askForm), async (req, res) => {
    const result = await submit(askForm, req.body, async ({ email }) => {
      await signInRates.take({ network: req.ip ?? '', email, of: 'mail' });
      await passwordsOfPeople.mailLink(email);
    });
    if ('form' in result) await renderAsk(res, result);
    else res.redirect(303, '/password/sent');
  });

  router.get('/password/sent', (_req, res) =>
    renderPage(res, {
      view: 'people/mail-sent',
      title: 'Look into your mail',
      layout: 'public',
      model: {
        text: 'We have sent a mail to this address. Its link is good for an hour.',
        showsMails: !config.isProduction,
      },
    }),
  );

  router.get('/password/changed', (_req, res) =>
    renderPage(res, { view: 'people/password-changed', title: 'Password changed', layout: 'public' }),
  );

  byLink(router, container);
  return router;
}

/** The link in the mail. */
function byLink(router: Router, { passwordsOfPeople }: PasswordParts): void {
  router.get<{ token: string }>('/password/:token', async (req, res) => {
    const person = await passwordsOfPeople.findByLink(req.params.token);
    if (person === null) await renderLinkIsOver(res, ASK_AGAIN);
    else await renderNew(res, { email: person.email, form: blankForm() });
  });

  router.post<{ token: string }>('/password/:token', takesFields(newForm), async (req, res) => {
    const { token } = req.params;
    const person = await passwordsOfPeople.findByLink(token);
    const result =
      person === null
        ? { saved: null }
        : await submit(newForm, req.body, ({ password }) => passwordsOfPeople.resetByLink(token, password));
    if ('form' in result) await renderNew(res, { email: person?.email ?? '', ...result });
    else if (result.saved === null) await renderLinkIsOver(res, ASK_AGAIN);
    else res.redirect(303, '/password/changed');
  });
}

const ASK_AGAIN = { href: '/password', label: 'Ask for a new link' };

function renderAsk(res: Response, { form, status = 200 }: { form: Form; status?: number }) {
  return renderPage(res, {
    view: 'people/password',
    title: 'Forgotten password',
    layout: 'public',
    model: { form },
    status,
  });
}

function renderNew(
  res: Response,
  { email, form, status = 200 }: { email: string; form: Form; status?: number },
) {
  const model = { email, form };
  return renderPage(res, {
    view: 'people/password-new',
    title: 'New password',
    layout: 'public',
    model,
    status,
  });
}
