import type { Pool, PoolClient } from 'pg';
import type { Config } from '#src/config.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { deleteOldMails } from './mails.ts';
import { addonOf, adminsOf, isReachable, type Recipient } from './recipients.ts';
import { type MailContent, renderMail } from './render-mail.ts';
import { sendMail } from './send-mail.ts';
import type { TemplateData, TemplateName } from './templates.ts';
import { createTransport, type Transport } from './transport.ts';

interface Dependencies {
  config: Pick<Config, 'mail' | 'isProduction'>;
  pool: Pool;
  clock: Clock;
  logger: Logger;
  queue: JobQueue;
}

export type NewMail = {
  [T in TemplateName]: {
    /** Null: about a person, and not about an account. */
    accountId: string | null;
    /** All admins of the account, or one address. */
    to: 'admins' | (string & {});
    template: T;
    data: TemplateData[T];
  };
}[TemplateName];

const POLL_MS = 86_400_000;

/** A transactional outbox: a mail is a row of the transaction that it reports, sent by a job that commits with it. */
export class Mailer {
  readonly #deps: Dependencies;
  /** Null without SMTP_URL: mails stay in the database. */
  readonly #transport: Transport | null;
  readonly #poller: Poller;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    const { smtpUrl, from } = deps.config.mail;
    const { isProduction } = deps.config;
    this.#transport = smtpUrl === undefined ? null : createTransport({ smtpUrl, from, isProduction });
    this.#poller = new Poller({
      poll: async () => {
        await deleteOldMails(deps.pool, deps.clock.now());
        return false;
      },
      intervalMs: POLL_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'old mails could not be deleted; trying again tomorrow');
      },
    });
  }

  /** Starts the daily deletion of old mails. */
  start(): void {
    const { config, logger } = this.#deps;
    // Allowed, but it must not go unnoticed.
    if (config.isProduction && this.#transport === null) {
      logger.warn('SMTP_URL is not set: mails are kept in the database and not sent');
    }
    this.#poller.start();
  }

  /** Stop the queue first, because its jobs send mails. */
  async stop(): Promise<void> {
    await this.#poller.stop();
    await this.#transport?.close();
  }

  /**
   * Writes a mail to each recipient and queues its job, both in the transaction of `client`. A mail without a recipient
   * is logged and not an error, because what it reports has happened all the same.
   */
  async enqueue(client: PoolClient, mail: NewMail): Promise<void> {
    const { accountId, template } = mail;
    const addon = accountId === null ? null : await addonOf(client, accountId);
    const isGone = accountId !== null && addon === null;
    const recipients = isGone ? [] : await recipientsOf(client, mail);
    if (recipients.length === 0) {
      this.#deps.logger.warn({ accountId, template }, 'a mail has no recipient');
      return;
    }
    for (const { address, why } of recipients) {
      const content = await renderMail({ ...mail, addon, why });
      await this.#write(client, { accountId, template, address, content });
    }
  }

  /** Sends a mail that {@link enqueue} wrote. Throws when another try may succeed. */
  async send(mailId: string): Promise<void> {
    if (this.#transport === null) return;
    await sendMail(mailId, { ...this.#deps, transport: this.#transport });
  }

  async #write(client: PoolClient, { accountId, template, address, content }: Letter): Promise<void> {
    const { clock, queue } = this.#deps;
    const id = uuidv7(clock.now());
    await client.query(
      `insert into mails (id, account_id, template, recipient, subject, text, html, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [id, accountId, template, address, content.subject, content.text, content.html, new Date(clock.now())],
    );
    await queue.send('mail', { mailId: id }, { client });
  }
}

interface Letter {
  accountId: string | null;
  template: TemplateName;
  address: string;
  content: MailContent;
}

async function recipientsOf(client: PoolClient, { accountId, to }: NewMail): Promise<Recipient[]> {
  if (to === 'admins') return accountId === null ? [] : adminsOf(client, accountId);
  return isReachable(to) ? [{ address: to, why: 'it was meant for your address' }] : [];
}
