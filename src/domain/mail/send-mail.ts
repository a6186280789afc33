import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { findMail, type StoredMail } from './mails.ts';
import { describeRefusal } from './refusal.ts';
import type { Transport } from './transport.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  logger: Logger;
  transport: Transport;
}

/** A report about an endpoint is of no use three days late. */
const GIVE_UP_AFTER_MS = 3 * 86_400_000;

/**
 * Sends a mail once and writes the outcome to its row. Throws when the mail server was unreachable or asked for a
 * retry. A crash between the server's reply and the row repeats the mail with the same Message-ID.
 */
export async function sendMail(mailId: string, deps: Dependencies): Promise<void> {
  const mail = await findMail(deps.pool, mailId);
  if (mail === null || isDone(mail)) return;
  try {
    await deps.transport.send(mail);
  } catch (error) {
    await recordFailure(mail, error, deps);
    return;
  }
  await deps.pool.query(
    'update mails set sent_at = $2, attempts = attempts + 1, last_error = null where id = $1',
    [mail.id, new Date(deps.clock.now())],
  );
}

const isDone = ({ sentAt, failedAt }: StoredMail) => sentAt !== null || failedAt !== null;

async function recordFailure(mail: StoredMail, error: unknown, deps: Dependencies): Promise<void> {
  const { clock, logger, pool } = deps;
  const { isFinal, code, description } = describeRefusal(error);
  const isLate = clock.now() - mail.createdAt.getTime() > GIVE_UP_AFTER_MS;
  const failedAt = isFinal || isLate ? new Date(clock.now()) : null;
  await pool.query(
    'update mails set failed_at = $2, attempts = attempts + 1, last_error = $3 where id = $1',
    [mail.id, failedAt, description],
  );
  const about = { mailId: mail.id, accountId: mail.accountId, template: mail.template, reason: code };
  if (failedAt === null) {
    logger.warn(about, 'a mail could not be sent; trying again');
    // The queue stores this error, so it omits the server's reply, which may quote the address.
    throw new Error(`The mail server did not take the mail: ${code}`);
  }
  logger.error(about, 'a mail could not be sent; given up');
}
