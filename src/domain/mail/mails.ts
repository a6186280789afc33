import type { Pool } from 'pg';
import { firstIdAt } from '#src/infra/lib/ids.ts';

export interface StoredMail {
  id: string;
  accountId: string | null;
  template: string;
  recipient: string;
  subject: string;
  text: string;
  html: string;
  preferencesUrl: string | null;
  createdAt: Date;
  sentAt: Date | null;
  failedAt: Date | null;
  attempts: number;
  lastError: string | null;
}

const COLUMNS = `id, account_id as "accountId", template, recipient, subject, text, html,
  preferences_url as "preferencesUrl", created_at as "createdAt",
  sent_at as "sentAt", failed_at as "failedAt", attempts, last_error as "lastError"`;

/** Not scoped by account, because the caller is a job. */
export async function findMail(pool: Pool, id: string): Promise<StoredMail | null> {
  const { rows } = await pool.query<StoredMail>(`select ${COLUMNS} from mails where id = $1`, [id]);
  return rows[0] ?? null;
}

/** The mails of all accounts, newest first: for development. */
export async function newestMails(pool: Pool, limit: number): Promise<StoredMail[]> {
  const { rows } = await pool.query<StoredMail>(`select ${COLUMNS} from mails order by id desc limit $1`, [
    limit,
  ]);
  return rows;
}

const KEPT_DAYS = 30;

/** Deletes mails after 30 days, sent or not, because an unsent one is given up after three. */
export async function deleteOldMails(pool: Pool, nowMs: number): Promise<void> {
  await pool.query('delete from mails where id < $1', [firstIdAt(nowMs - KEPT_DAYS * 86_400_000)]);
}
