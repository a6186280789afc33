import type { PoolClient } from 'pg';
import type { Transaction } from 'sequelize';
import { clientOf } from '#src/infra/database/client-of.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { SendJob } from '#src/infra/queue/jobs.ts';
import type { Announced, AnnouncedType } from './event-types.ts';
import { PROVIDERS } from './providers-app.ts';

/** One thing that happened in an account. */
export interface Announcement<T extends AnnouncedType = AnnouncedType> {
  accountId: string;
  type: T;
  data: Announced[T];
}

/**
 * Tells accounts by our own webhooks what happens in them: a job in the transaction of what it tells, which
 * `own-webhooks` posts as a message. So each change is told if it commits, once. Our own account hears of nothing, or
 * one announcement would lead to the next.
 */
export class Announcements {
  readonly #sendJob: SendJob;
  readonly #clock: Clock;

  constructor({ sendJob, clock }: { sendJob: SendJob; clock: Clock }) {
    this.#sendJob = sendJob;
    this.#clock = clock;
  }

  /** Whether an endpoint of the account gets what is of this type, on or off. */
  async isHeard(db: PoolClient | Transaction, accountId: string, type: AnnouncedType): Promise<boolean> {
    if (accountId === PROVIDERS.accountId) return false;
    const { rowCount } = await clientOf(db).query(IS_HEARD, [
      PROVIDERS.accountId,
      PROVIDERS.appId,
      accountId,
      type,
    ]);
    return rowCount === 1;
  }

  /** For what {@link isHeard}. The event id is made here, so that a job that runs twice posts one message. */
  async announce<T extends AnnouncedType>(
    db: PoolClient | Transaction,
    { accountId, type, data }: Announcement<T>,
  ): Promise<void> {
    const client = clientOf(db);
    const eventId = uuidv7(this.#clock.now());
    await this.#sendJob('own-webhooks', { accountId, type, eventId, data }, { client });
    await client.query(`select pg_notify('own_webhooks', '')`);
  }
}

const IS_HEARD = `
  select from subscriptions join endpoints on endpoints.account_id = $1 and subscription_id = subscriptions.id
  where subscriptions.account_id = $1 and subscriptions.app_id = $2 and subscriptions.uid = $3
    and (receives_all_events
      or exists (select from unnest(event_patterns) as pattern where starts_with($4, left(pattern, -1)))
      or exists (
      select from endpoint_events join webhook_events on webhook_events.id = webhook_event_id
      where endpoint_id = endpoints.id and event_type = $4))
  limit 1`;
