import type { Request, Response, Router } from 'express';
import type { Container } from '#src/container.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { accountPath, currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import type { Form } from '#src/surfaces/html/form.ts';
import { chosenKinds, mailChoice, readMailChoice } from '#src/surfaces/html/mail-choice.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { channelActions, readChannels } from './channels.ts';

type Parts = Pick<Container, 'sampleRate' | 'apps' | 'channels' | 'clock' | 'config' | 'mailPreferences'>;

/** Which mails of the account a person of its team gets, and the channels of its apps. */
export function notificationPages(container: Parts): Router {
  const { mailPreferences } = container;
  const pages = new PageRoutes();

  const render = async (req: Request, res: Response, refused?: { form: Form; status: number }) => {
    const visit = currentVisit(req);
    const reader = readerOf(visit);
    const model = {
      email: reader.email,
      choices: await readMailChoice(mailPreferences, reader),
      channels: await readChannels(container, visit.accountId, refused?.form),
      notice: noticeOf(req),
    };
    const status = refused?.status ?? 200;
    await renderPage(res, { view: 'settings/notifications', title: 'Notifications', model, status });
  };

  pages.get('mails', '/settings/notifications', (req, res) => render(req, res));

  pages.post({ right: 'mails', form: mailChoice }, '/settings/notifications', async (req, res) => {
    await mailPreferences.choose(readerOf(currentVisit(req)), chosenKinds(req.body));
    redirectWith(res, accountPath(res, '/settings/notifications'), 'mails_chosen');
  });

  pages.router.use(channelActions(container, render));
  return pages.router;
}

function readerOf({ accountId, email }: Visit) {
  if (email === null) throw new NotFound('No address of yours is known here, so no mail comes to you.');
  return { accountId, subscriptionId: null, email };
}
