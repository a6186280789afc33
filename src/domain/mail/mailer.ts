import type { Pool, PoolClient } from 'pg';
import type { Config } from '#src/config.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { kindOf } from './mail-kinds.ts';
import type { MailPreferences } from './mail-preferences.ts';
import { deleteOldMails } from './mails.ts';
import { selectMutedOfTeam } from './muted-mails.ts';
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
  preferences: Pick<MailPreferences, 'linkFor'>;
}

export type NewMail = {
  [T in TemplateName]: {
    /** Null: about a person, and not about an account. */
    accountId: string | null;
    /** All admins of the account, one address, or people outside of the account. */
    to: 'admins' | (string & {}) | Recipient[];
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
    const recipients = isGone ? [] : await this.#recipientsOf(client, mail);
    if (recipients.length === 0) {
      this.#deps.logger.warn({ accountId, template }, 'a mail has no recipient');
      return;
    }
    // People outside are not told the name of the add-on.
    const about = { ...mail, addon: Array.isArray(mail.to) ? null : addon };
    for (const { address, why, preferencesUrl = null } of recipients) {
      const content = await renderMail({ ...about, why, preferencesUrl });
      await this.#write(client, { accountId, template, address, content, preferencesUrl });
    }
  }

  /** Sends a mail that {@link enqueue} wrote. Throws when another try may succeed. */
  async send(mailId: string): Promise<void> {
    if (this.#transport === null) return;
    await sendMail(mailId, { ...this.#deps, transport: this.#transport });
  }

  async #recipientsOf(client: PoolClient, { accountId, to, template }: NewMail): Promise<Recipient[]> {
    if (Array.isArray(to)) return to.filter(({ address }) => isReachable(address));
    if (to !== 'admins')
      return isReachable(to) ? [{ address: to, why: 'it was meant for your address' }] : [];
    if (accountId === null) return [];
    const admins = await adminsOf(client, accountId);
    const kind = kindOf(template);
    if (kind === null) return admins;
    const muted = await selectMutedOfTeam(client, { accountId, kind });
    return admins
      .filter(({ address }) => !muted.includes(address.toLowerCase()))
      .map((admin) => ({
        ...admin,
        preferencesUrl: this.#deps.preferences.linkFor({
          accountId,
          subscriptionId: null,
          email: admin.address,
        }),
      }));
  }

  async #write(client: PoolClient, letter: Letter): Promise<void> {
    const { accountId, template, address, content, preferencesUrl } = letter;
    const { clock, queue } = this.#deps;
    const id = uuidv7(clock.now());
    await client.query(
      `insert into mails (id, account_id, template, recipient, subject, text, html, created_at, preferences_url)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        accountId,
        template,
        address,
        content.subject,
        content.text,
        content.html,
        new Date(clock.now()),
        preferencesUrl,
      ],
    );
    await queue.send('mail', { mailId: id }, { client });
  }
}

interface Letter {
  accountId: string | null;
  template: TemplateName;
  address: string;
  content: MailContent;
  preferencesUrl: string | null;
}
