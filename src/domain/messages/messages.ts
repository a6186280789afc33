import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { idRange } from '#src/infra/database/id-range.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { MAX_PAGE_BYTES, type Paging } from '#src/infra/lib/paging.ts';
import type { Found } from '#src/domain/search/search.ts';
import {
  LISTED_COLUMNS,
  type ListedMessage,
  type Message,
  MESSAGE_COLUMNS,
  messageOf,
  PAYLOAD_BYTES,
  type StoredListedMessage,
  type StoredMessage,
} from './message.ts';
import type { MessageFilters, MessageTimes } from './message-filters.ts';
import { searchMessages } from './search-messages.ts';

/** Reads the messages of an app, which `pipeline/accept` writes. */
export class Messages {
  readonly #pool: Pool;

  constructor({ pool }: { pool: Pool }) {
    this.#pool = pool;
  }

  /** A page of the log. With a filter other than by time, the page may end early: see {@link Found}. */
  async search(app: App, filters: MessageFilters, paging: Paging): Promise<Found<ListedMessage>> {
    const { since: _, until: __, ...others } = filters;
    if (Object.values(others).every((of) => of === undefined)) return this.page(app, filters, paging);
    return searchMessages(this.#pool, { app, filters }, paging);
  }

  /** A page of the log. It ends early when its payloads have more than {@link MAX_PAGE_BYTES}, after the first. */
  async page(app: App, times: MessageTimes, paging: Paging): Promise<Found<ListedMessage>> {
    const isBackwards = paging.after !== undefined;
    const order = isBackwards ? 'asc' : 'desc';
    const { rows } = await this.#pool.query<StoredListedMessage & { isCut: boolean }>(
      `select ${LISTED_COLUMNS}, "isCut" from (
         select *, count(*) over () < "inPage" as "isCut" from (
           select *, count(*) over () as "inPage", sum(${PAYLOAD_BYTES}) over walk as "bytesUntil",
             row_number() over walk as place
           from (
             select * from messages
             where account_id = $1 and app_id = $2
               and id >= $3 and id < $4
             order by id ${order} limit $5 offset $6
           ) page window walk as (order by id ${order} rows unbounded preceding)
         ) weighed where place = 1 or "bytesUntil" <= ${String(MAX_PAGE_BYTES)}
       ) fitting order by id ${order}`,
      [app.accountId, app.id, ...idRange(times, paging), paging.limit, paging.offset],
    );
    const last = rows.at(-1);
    const messages = rows.map(({ isCut: _, ...row }) => messageOf(row));
    return {
      rows: isBackwards ? messages.reverse() : messages,
      ...(last?.isCut === true ? { resumeAfter: last.id } : {}),
    };
  }

  /** Throws NotFound when the app's log has no message with this id. */
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

  /** The bytes of payloads by message id, without reading them. */
  async weigh(app: App, ids: string[]): Promise<Map<string, number>> {
    if (ids.length === 0) return new Map();
    const { rows } = await this.#pool.query<{ id: string; bytes: number }>(
      `select id, ${PAYLOAD_BYTES} as bytes from messages where account_id = $1 and app_id = $2 and id = any($3)`,
      [app.accountId, app.id, ids],
    );
    return new Map(rows.map(({ id, bytes }) => [id, bytes]));
  }

  /** Messages by id; a message whose retention has ended is absent. */
  async byIds(app: Pick<App, 'accountId' | 'id'>, ids: string[]): Promise<Map<string, Message>> {
    if (ids.length === 0) return new Map();
    const { rows } = await this.#pool.query<StoredMessage>(
      `select ${MESSAGE_COLUMNS} from messages where account_id = $1 and app_id = $2 and id = any($3)`,
      [app.accountId, app.id, ids],
    );
    return new Map(rows.map((row) => [row.id, messageOf(row)]));
  }

  /**
   * The message that was accepted with the `eventId` in the app; null when there is none or its retention has ended.
   */
  async findByEventId(key: Pick<Message, 'accountId' | 'appId' | 'eventId'>): Promise<Message | null> {
    const { rows } = await this.#pool.query<StoredMessage>(
      `select ${MESSAGE_COLUMNS} from messages where account_id = $1 and app_id = $2 and id = (
         select message_id from message_event_ids where account_id = $1 and app_id = $2 and event_id = $3)`,
      [key.accountId, key.appId, key.eventId],
    );
    return rows[0] === undefined ? null : messageOf(rows[0]);
  }

  /** The number of `eventIds` that the app has used already. */
  async countEventIds(app: { accountId: string; appId: string }, eventIds: string[]): Promise<number> {
    const { rows } = await this.#pool.query<{ count: number }>(
      `select count(*)::int as count from message_event_ids
       where account_id = $1 and app_id = $2 and event_id = any($3)`,
      [app.accountId, app.appId, eventIds],
    );
    return rows[0]?.count ?? 0;
  }
}
