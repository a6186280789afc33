import { Router } from 'express';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { findMail, newestMails, type StoredMail } from '#src/domain/mail/mails.ts';

const SHOWN = 100;

/** Allows inline styles and nothing else, because mail clients need styles inline. */
const MAIL_POLICY = `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox`;

/** The mails of all accounts, for development. Production has none of these routes. */
export function devMailPages({ config, pool }: Pick<Container, 'config' | 'pool'>): Router {
  const router = Router();
  if (config.isProduction) return router;

  const find = async (id: string): Promise<StoredMail> => {
    const mail = isUuid(id) ? await findMail(pool, id) : null;
    if (mail === null) throw new NotFound('There is no such mail.');
    return mail;
  };

  router.get('/dev/mail', async (req, res) => {
    const mails = await newestMails(pool, SHOWN);
    if (req.accepts(['html', 'json']) === 'json') {
      res.json({ data: mails });
      return;
    }
    const isSending = config.mail.smtpUrl !== undefined;
    const model = { mails: mails.map(viewOf), isSending };
    await renderPage(res, { view: 'dev/mails', title: 'Mails', layout: 'public', model });
  });

  router.get('/dev/mail/:mail', async (req, res) => {
    const mail = await find(req.params.mail);
    const model = { mail: { ...mail, ...viewOf(mail) } };
    await renderPage(res, { view: 'dev/mail', title: mail.subject, layout: 'public', model });
  });

  router.get('/dev/mail/:mail/html', async (req, res) => {
    const { html } = await find(req.params.mail);
    res.set({ 'content-security-policy': MAIL_POLICY, 'cache-control': 'no-store' }).type('html').send(html);
  });

  return router;
}

function viewOf(mail: StoredMail) {
  const { id, recipient, subject, createdAt } = mail;
  return { recipient, subject, createdAt, href: `/dev/mail/${id}`, state: stateOf(mail) };
}

function stateOf({ sentAt, failedAt, attempts }: StoredMail): string {
  if (sentAt !== null) return 'Sent';
  if (failedAt !== null) return 'Given up';
  return attempts === 0 ? 'Not sent' : 'Trying again';
}
