import type { Pool } from 'pg';
import { ANNOUNCED_VERSION, PROVIDERS } from '#src/domain/announcements/providers-app.ts';
import { nullOn } from '#src/infra/database/upsert.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import type { BackgroundJobs } from '#src/infra/queue/jobs.ts';
import type { Acceptor } from '#src/pipeline/accept/acceptor.ts';

interface Dependencies {
  pool: Pool;
  acceptor: Pick<Acceptor, 'accept'>;
}

/**
 * Posts what happened in an account as a message of our own app, to the account's subscription of it. A job that runs
 * again, because its process died, posts the same event id, and the message is there once.
 */
export class AnnouncementPoster {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Does nothing when the account hears no more. Throws as `Acceptor.accept` does; then the job is tried again. */
  async post({ accountId, type, eventId, data }: BackgroundJobs['own-webhooks']): Promise<void> {
    const { acceptor, pool } = this.#deps;
    const { rows } = await pool.query<{ id: string }>(
      'select id from subscriptions where account_id = $1 and app_id = $2 and uid = $3',
      [PROVIDERS.accountId, PROVIDERS.appId, accountId],
    );
    const [subscription] = rows;
    if (subscription === undefined) return;
    const target = { accountId: PROVIDERS.accountId, appId: PROVIDERS.appId };
    const posted = acceptor.accept({
      target: { ...target, subscriptionId: subscription.id, endpointId: null },
      eventType: type,
      version: ANNOUNCED_VERSION,
      dataText: JSON.stringify(data),
      eventId,
      overridePayload: false,
      headers: null,
      deliverAt: null,
    });
    // The subscription was deleted meanwhile.
    await posted.catch(nullOn(NotFound));
  }
}
