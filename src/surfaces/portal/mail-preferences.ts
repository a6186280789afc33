import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { kindsFor } from '#src/domain/mail/mail-kinds.ts';
import { formParser, takesFields } from '#src/surfaces/html/form-fields.ts';
import { chosenKinds, mailChoice, readMailChoice } from '#src/surfaces/html/mail-choice.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { portalErrorHandler, portalNotFound } from './errors.ts';

/** The button of mail programs (RFC 8058) posts one field, the page's form the kinds. */
const form = mailChoice.extend({ 'List-Unsubscribe': z.literal('One-Click').optional() });

/**
 * Where somebody chooses which mails to get, by the signed link of a mail and without signing in. Mounted at `/mails`,
 * without the same-origin guard: mail programs post from elsewhere, and the token of the path is the secret.
 */
export function mailPreferencePages({ mailPreferences }: Pick<Container, 'mailPreferences'>): Router {
  const router = Router();
  router.use(formParser('20kb'));

  const open = async (req: Request<{ token: string }>) => {
    const opened = await mailPreferences.open(req.params.token);
    if (opened === null) throw new NotFound('This link is no longer good. Take the one of your latest mail.');
    return opened;
  };

  const render = async (res: Response, opened: Awaited<ReturnType<typeof open>>, isSaved: boolean) => {
    const { reader, provider, subscriber, isWhiteLabel } = opened;
    await renderPage(res, {
      view: 'portal/mails',
      title: 'Mails',
      layout: 'portal',
      isWhiteLabel,
      model: {
        choices: await readMailChoice(mailPreferences, reader),
        email: reader.email,
        provider,
        subscriber,
        isSaved,
      },
    });
  };

  router.get('/:token', async (req, res) => {
    await render(res, await open(req), false);
  });

  router.post('/:token', takesFields(form), async (req: Request<{ token: string }>, res) => {
    const opened = await open(req);
    const body = form.parse(req.body ?? {});
    const isOneClick = body['List-Unsubscribe'] !== undefined;
    const { 'List-Unsubscribe': _, ...choice } = body;
    const wanted = isOneClick ? [] : chosenKinds(choice);
    await mailPreferences.choose(
      opened.reader,
      wanted.filter((kind) => kindsFor(opened.reader).includes(kind)),
    );
    await render(res, opened, true);
  });

  router.use(portalNotFound, portalErrorHandler);
  return router;
}
