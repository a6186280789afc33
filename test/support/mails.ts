import { transaction } from '#src/infra/database/transaction.ts';
import type { NewMail } from '#src/domain/mail/mailer.ts';
import { newestMails, type StoredMail } from '#src/domain/mail/mails.ts';
import type { TestServer } from './server.ts';

export const ADMIN = 'ada@acme.example';

type Server = Pick<TestServer, 'container'>;

/** Another person of the account; the answer is the member's id. */
export async function addMember(
  { container }: Server,
  accountId: string,
  { email = ADMIN, role = 'admin' } = {},
): Promise<string> {
  const { rows } = await container.pool.query<{ id: string }>(
    `insert into members (id, account_id, heroku_user_id, email, role)
     values (gen_random_uuid(), $1, gen_random_uuid(), $2, $3) returning id`,
    [accountId, email, role],
  );
  return rows[0]?.id ?? '';
}

/** A mail to the account's admins, or to one address, about a key that was changed. */
export function keyMail(accountId: string, changes: { to?: string; keyPrefix?: string } = {}): NewMail {
  const { to = 'admins', keyPrefix = 'hhk_abc' } = changes;
  const data = {
    keyPrefix,
    oldKeyValidUntil: new Date('2026-11-30T10:00:00Z'),
    isConfigUpdated: true,
    settingsUrl: 'https://hooks.example/settings/account',
  };
  return { accountId, to, template: 'api-key-rotated', data };
}

export async function enqueueMail({ container }: Server, mail: NewMail): Promise<void> {
  await transaction(container.pool, (client) => container.mailer.enqueue(client, mail));
}

/** Newest first, of whichever account. */
export function allMails({ container }: Server): Promise<StoredMail[]> {
  return newestMails(container.pool, 1000);
}
