import type { Router } from 'express';
import type { Container } from '#src/container.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { accountPath, currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { chosenKinds, mailChoice, readMailChoice } from '#src/surfaces/html/mail-choice.ts';
import { renderPage } from '#src/surfaces/html/render.ts';

/** Which mails of the account a person of its team gets. */
export function notificationPages({ mailPreferences }: Pick<Container, 'mailPreferences'>): Router {
  const pages = new PageRoutes();

  pages.get('mails', '/settings/notifications', async (req, res) => {
    const reader = readerOf(currentVisit(req));
    const model = {
      email: reader.email,
      choices: await readMailChoice(mailPreferences, reader),
      notice: noticeOf(req),
    };
    await renderPage(res, { view: 'settings/notifications', title: 'Notifications', model });
  });

  pages.post({ right: 'mails', form: mailChoice }, '/settings/notifications', async (req, res) => {
    await mailPreferences.choose(readerOf(currentVisit(req)), chosenKinds(req.body));
    redirectWith(res, accountPath(res, '/settings/notifications'), 'mails_chosen');
  });

  return pages.router;
}

function readerOf({ accountId, email }: Visit) {
  if (email === null) throw new NotFound('No address of yours is known here, so no mail comes to you.');
  return { accountId, subscriptionId: null, email };
}
