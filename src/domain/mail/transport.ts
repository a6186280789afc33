import nodemailer from 'nodemailer';
import type { Secret } from '#src/infra/lib/secret.ts';
import type { StoredMail } from './mails.ts';

export interface Transport {
  send(mail: StoredMail): Promise<void>;
  close(): void;
}

interface Options {
  smtpUrl: Secret;
  from: string;
  isProduction: boolean;
}

const CONNECT_WITHIN_MS = 10_000;
/** A server that says nothing for so long is given up. */
const SILENT_FOR_MS = 30_000;

/** SMTP over few connections that are kept. What the query of the URL says goes before what stands here. */
export function createTransport({ smtpUrl, from, isProduction }: Options): Transport {
  const smtp = nodemailer.createTransport({
    url: smtpUrl.reveal(),
    pool: true,
    maxConnections: 2,
    // The queue tries again, and counts.
    maxRequeues: 0,
    connectionTimeout: CONNECT_WITHIN_MS,
    greetingTimeout: CONNECT_WITHIN_MS,
    dnsTimeout: CONNECT_WITHIN_MS,
    socketTimeout: SILENT_FOR_MS,
    // A password never travels in the clear because somebody in between hid STARTTLS.
    requireTLS: isProduction,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail) {
      await smtp.sendMail({
        from,
        to: { name: '', address: mail.recipient },
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        // The same however often it is sent: a repeat after a crash is recognised.
        date: mail.createdAt,
        messageId: `<${mail.id}@${domainOf(from)}>`,
        // RFC 3834, and what Exchange goes by: no absence notices.
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
    },
    close() {
      smtp.close();
    },
  };
}

function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'hostedhooks.com';
}
