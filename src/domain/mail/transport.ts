import type { Transporter } from 'nodemailer';
import type { Secret } from '#src/infra/lib/secret.ts';
import type { StoredMail } from './mails.ts';

type Letter = Pick<StoredMail, 'id' | 'recipient' | 'subject' | 'text' | 'createdAt'> & {
  html?: string;
  preferencesUrl?: string | null;
};

export interface Transport {
  send(mail: Letter): Promise<void>;
  close(): Promise<void>;
}

interface Options {
  smtpUrl: Secret;
  from: string;
  isProduction: boolean;
}

const AUTOMATIC = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };
const CONNECT_TIMEOUT_MS = 10_000;
/** The connection is closed after so long without data. */
const IDLE_TIMEOUT_MS = 30_000;

/** SMTP over at most two pooled connections. Options in the URL's query override those set here. */
export function createTransport(options: Options): Transport {
  const { from } = options;
  let opened: Promise<Transporter> | undefined;
  return {
    async send(mail) {
      const smtp = await (opened ??= open(options));
      await smtp.sendMail({
        from,
        to: { name: '', address: mail.recipient },
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        // The same at every repeat, so that a mail server recognises a repeat after a crash.
        date: mail.createdAt,
        messageId: `<${mail.id}@${domainOf(from)}>`,
        // RFC 3834, and the header that Exchange reads: no automatic replies.
        headers: AUTOMATIC,
        ...unsubscribing(mail.preferencesUrl),
      });
    },
    async close() {
      (await opened)?.close();
    },
  };
}

/** RFC 2369 and 8058: mail programs show a button that unsubscribes at once. */
function unsubscribing(preferencesUrl: string | null = null) {
  if (preferencesUrl === null) return {};
  const post = { key: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' };
  return {
    list: { unsubscribe: preferencesUrl },
    headers: [...Object.entries(AUTOMATIC).map(([key, value]) => ({ key, value })), post],
  };
}

/** Loads nodemailer with the first mail, because it is a tenth of what a process loads and many send none. */
async function open({ smtpUrl, isProduction }: Options): Promise<Transporter> {
  const { default: nodemailer } = await import('nodemailer');
  return nodemailer.createTransport({
    url: smtpUrl.reveal(),
    pool: true,
    maxConnections: 2,
    // Retries are the job queue's.
    maxRequeues: 0,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: IDLE_TIMEOUT_MS,
    // Without this, an attacker who strips STARTTLS would get the password in the clear.
    requireTLS: isProduction,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'hostedhooks.com';
}
