import type { Pool, PoolClient } from 'pg';
import type { Config } from '#src/config.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { Mailer } from '#src/domain/mail/mailer.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { type Alerted, countAlerted, firstAlerted, type Team, teamsOf } from './alerted-endpoints.ts';
import type { ChannelAlerts } from './channel-alerts.ts';
import type { SubscriberAlerts } from './subscriber-alerts.ts';
import { noteTold, raiseRecovered, WAITS } from './told-endpoints.ts';

interface Dependencies {
  config: Pick<Config, 'http'>;
  pool: Pool;
  mailer: Mailer;
  subscriberAlerts: SubscriberAlerts;
  channelAlerts: ChannelAlerts;
  clock: Clock;
  logger: Logger;
}

const POLL_MS = 10_000;
/** A mail waits this long after its first alert, because endpoints often fail together and share one mail. */
const GATHER_MS = 60_000;
/** Between two mails of a kind to a reader: with {@link GATHER_MS} and a poll, people are told in five minutes. */
const MIN_MAIL_INTERVAL_MS = 210_000;
const MAX_MAILS_PER_POLL = 100;

/**
 * Mails an account and its subscribers which endpoints fail, were turned off, are well again or have issues. The
 * pipeline inserts a row into `endpoint_alerts` with each such change (`pipeline/settle/endpoint-health.ts`,
 * `endpoint-issues.ts`). This poller collects the rows, so that endpoints share a mail. Endpoints that have recovered
 * in the meantime are left out of the mail.
 */
export class EndpointAlerts {
  readonly #deps: Dependencies;
  readonly #poller: Poller;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#poller = new Poller({
      poll: async () => (await this.mail()) === MAX_MAILS_PER_POLL,
      intervalMs: POLL_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'endpoint alerts could not be mailed; trying again');
      },
    });
  }

  start(): void {
    this.#poller.start();
  }

  async stop(): Promise<void> {
    await this.#poller.stop();
  }

  /** Enqueues the mails that are due. Answers how many accounts, kinds and readers are due. */
  async mail(): Promise<number> {
    const { clock, pool } = this.#deps;
    const nowMs = clock.now();
    await raiseRecovered(pool, new Date(nowMs));
    const due = await dueAlerts(pool, nowMs);
    for (const alert of due) {
      if (this.#poller.isStopped) break;
      await transaction(pool, (client) => this.#mailOne(client, alert, nowMs));
    }
    return due.length;
  }

  async #mailOne(client: PoolClient, due: DueAlert, nowMs: number): Promise<void> {
    if (!(await lockIfDue(client, due, nowMs))) return;
    const alerted = { ...due, endpointIds: await takeAlerts(client, due, nowMs) };
    if ((await countAlerted(client, alerted)) === 0) return;
    if (due.reader === 'provider') await this.#tellProvider(client, alerted);
    else await this.#deps.subscriberAlerts.mail(client, alerted);
    await noteTold(client, alerted, new Date(nowMs));
    await client.query(
      `insert into endpoint_alert_mails (account_id, kind, reader, mailed_at) values ($1, $2, $3, $4)
       on conflict (account_id, kind, reader) do update set mailed_at = excluded.mailed_at`,
      [due.accountId, due.kind, due.reader, new Date(nowMs)],
    );
  }

  async #tellProvider(client: PoolClient, alerted: Alerted): Promise<void> {
    for (const team of await teamsOf(client, alerted)) await this.#mailTeam(client, team);
    await this.#deps.channelAlerts.tell(client, alerted);
  }

  async #mailTeam(client: PoolClient, { accountId, alerted }: Team): Promise<void> {
    const { baseUrl } = this.#deps.config.http;
    const count = await countAlerted(client, alerted);
    if (count === 0) return;
    const endpoints = await firstAlerted(client, alerted, baseUrl);
    const data = { count, endpoints, appsUrl: `${baseUrl}/apps` };
    await this.#deps.mailer.enqueue(client, { accountId, to: 'admins', template: alerted.kind, data });
  }
}

type DueAlert = Pick<Alerted, 'accountId' | 'kind' | 'reader'>;

/** `$1`: now. */
const IS_NOT_TOO_SOON = `not exists (
  select from endpoint_alert_mails mails
  where mails.account_id = alerts.account_id and mails.kind = alerts.kind and mails.reader = alerts.reader
    and mails.mailed_at > $1::timestamptz - interval '${String(MIN_MAIL_INTERVAL_MS)} milliseconds')`;

async function dueAlerts(pool: Pool, nowMs: number): Promise<DueAlert[]> {
  const { rows } = await pool.query<DueAlert>(
    `select account_id as "accountId", kind, reader from endpoint_alerts alerts
     where ${IS_NOT_TOO_SOON} and not (${WAITS})
     group by account_id, kind, reader having min(raised_at) <= $2 order by min(raised_at), reader limit $3`,
    [new Date(nowMs), new Date(nowMs - GATHER_MS), MAX_MAILS_PER_POLL],
  );
  return rows;
}

/**
 * Locks the account until the transaction ends. Answers false when another worker holds the lock or has mailed the
 * alert since, so that each mail is sent once.
 */
async function lockIfDue(
  client: PoolClient,
  { accountId, kind, reader }: DueAlert,
  nowMs: number,
): Promise<boolean> {
  const { rowCount: locked } = await client.query(
    'select from accounts where id = $1 for no key update skip locked',
    [accountId],
  );
  if (locked === 0) return false;
  const { rowCount } = await client.query(
    `select from endpoint_alerts alerts where ${IS_NOT_TOO_SOON} and not (${WAITS}) and account_id = $2 and kind = $3
       and reader = $4 limit 1`,
    [new Date(nowMs), accountId, kind, reader],
  );
  return rowCount === 1;
}

async function takeAlerts(
  client: PoolClient,
  { accountId, kind, reader }: DueAlert,
  nowMs: number,
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `delete from endpoint_alerts alerts where account_id = $2 and kind = $3 and reader = $4 and not (${WAITS})
     returning endpoint_id as id`,
    [new Date(nowMs), accountId, kind, reader],
  );
  return rows.map(({ id }) => id);
}
