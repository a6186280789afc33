import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { idRange } from '#src/infra/database/id-range.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Found } from '#src/domain/search/search.ts';
import type { Delivery, Missed } from '#src/domain/deliveries/delivery.ts';
import { type Message, MESSAGE_COLUMNS, messageOf, type StoredMessage } from './message.ts';
import type { MessageFilters } from './message-filters.ts';
import { searchMessages } from './search-messages.ts';

/** The messages of an app, as they are read; `pipeline/accept` writes them. */
export class Messages {
  readonly #pool: Pool;

  constructor({ pool }: { pool: Pool }) {
    this.#pool = pool;
  }

  /** A page of the log. One that is looked for may end early: see {@link Found}. */
  async search(app: App, filters: MessageFilters, paging: Paging): Promise<Found<Message>> {
    const { text, eventType, eventId } = filters;
    if ([text, eventType, eventId].every((of) => of === undefined)) {
      return { rows: await this.page(app, filters, paging) };
    }
    return searchMessages(this.#pool, { app, filters }, paging);
  }

  /** The same, whatever it takes, and without the text. */
  async page(app: App, filters: MessageFilters, paging: Paging): Promise<Message[]> {
    const isBackwards = paging.after !== undefined;
    const { rows } = await this.#pool.query<StoredMessage>(
      `select ${MESSAGE_COLUMNS} from messages
       where account_id = $1 and app_id = $2
         and ($3::text is null or event_type = $3) and ($4::text is null or event_id = $4)
         and id >= $5 and id < $6
       order by id ${isBackwards ? 'asc' : 'desc'} limit $7 offset $8`,
      [app.accountId, app.id, filters.eventType ?? null, filters.eventId ?? null]
        .concat(idRange(filters, paging))
        .concat([String(paging.limit), String(paging.offset)]),
    );
    const messages = rows.map(messageOf);
    return isBackwards ? messages.reverse() : messages;
  }

  async get(app: App, id: string): Promise<Message> {
    const { rows } = isUuid(id)
      ? await this.#pool.query<StoredMessage>(
          `select ${MESSAGE_COLUMNS} from messages where account_id = $1 and app_id = $2 and id = $3`,
          [app.accountId, app.id, id],
        )
      : { rows: [] };
    if (rows[0] === undefined) throw new NotFound(`The app has no message ${id}.`);
    return messageOf(rows[0]);
  }

  /** Those of `ids` that are still in the log. */
  async byIds(app: App, ids: string[]): Promise<Map<string, Message>> {
    if (ids.length === 0) return new Map();
    const { rows } = await this.#pool.query<StoredMessage>(
      `select ${MESSAGE_COLUMNS} from messages where account_id = $1 and app_id = $2 and id = any($3)`,
      [app.accountId, app.id, ids],
    );
    return new Map(rows.map((row) => [row.id, messageOf(row)]));
  }

  /** The message that first came with an `eventId` in its app; null when its retention is over. */
  async findByEventId(key: Pick<Message, 'accountId' | 'appId' | 'eventId'>): Promise<Message | null> {
    const { rows } = await this.#pool.query<StoredMessage>(
      `select ${MESSAGE_COLUMNS} from messages where account_id = $1 and app_id = $2 and id = (
         select message_id from message_event_ids where account_id = $1 and app_id = $2 and event_id = $3)`,
      [key.accountId, key.appId, key.eventId],
    );
    return rows[0] === undefined ? null : messageOf(rows[0]);
  }

  /** How many of the event_ids are taken in the app. */
  async countEventIds(app: { accountId: string; appId: string }, eventIds: string[]): Promise<number> {
    const { rows } = await this.#pool.query<{ count: number }>(
      `select count(*)::int as count from message_event_ids
       where account_id = $1 and app_id = $2 and event_id = any($3)`,
      [app.accountId, app.appId, eventIds],
    );
    return rows[0]?.count ?? 0;
  }

  /** How many deliveries of an endpoint were given up, and how many are held. */
  async countMissed({ accountId, endpointId }: { accountId: string; endpointId: string }): Promise<Missed> {
    const { rows } = await this.#pool.query<Missed>(
      `select count(*) filter (where state = 'failed')::int as failed,
         count(*) filter (where state = 'held')::int as held
       from deliveries where account_id = $1 and endpoint_id = $2 and state in ('failed', 'held')`,
      [accountId, endpointId],
    );
    return rows[0] ?? { failed: 0, held: 0 };
  }

  /**
   * One for each endpoint that the message goes to or would have gone to. Those without a row were delivered at their
   * first attempt, or are pending.
   */
  async deliveries(message: Message): Promise<Delivery[]> {
    const { rows } = await this.#pool.query<Omit<Delivery, 'messageId'>>(
      `select endpoint_id as "endpointId", state, attempts_made as "attemptsMade",
         next_attempt_at as "nextAttemptAt"
       from deliveries where account_id = $1 and message_id = $2
       union all
       select endpoint_id, 'delivered', attempt_number, null
       from attempts where account_id = $1 and message_id = $2 and endpoint_id = any($3) and succeeded
         and not exists (select from deliveries where deliveries.account_id = $1 and deliveries.message_id = $2
           and deliveries.endpoint_id = attempts.endpoint_id)`,
      [message.accountId, message.id, message.endpointIds],
    );
    const known = new Map(rows.map((row) => [row.endpointId, row]));
    const endpointIds = new Set([...message.endpointIds, ...known.keys()]);
    return [...endpointIds].map((endpointId) => ({
      messageId: message.id,
      ...(known.get(endpointId) ?? { endpointId, state: 'pending', attemptsMade: 0, nextAttemptAt: null }),
    }));
  }
}
