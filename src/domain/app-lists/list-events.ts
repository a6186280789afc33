import type { Pool } from 'pg';
import type { Sorting } from '#src/infra/database/sorted-page.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import {
  type AppKey,
  byName,
  containing,
  countListed,
  listMatching,
  type ListQuery,
  type ListTotal,
  newestFirst,
} from './list-query.ts';

export const EVENT_SORTS = ['name', 'newest'] as const;
export type EventQuery = ListQuery<(typeof EVENT_SORTS)[number]>;

/** A webhook event as a list shows it. */
export interface ListedEvent {
  id: string;
  eventType: string;
  description: string;
  hasSchema: boolean;
  enforce: boolean;
  broadcast: boolean;
  createdAt: Date;
  /** Of its row in the list: see `Paging`. */
  place: string;
}

const SORTINGS: Record<EventQuery['sort'], Sorting> = { name: byName('event_type'), newest: newestFirst };

/** The webhook events of an app that are asked for. */
export async function listEvents(
  pool: Pool,
  app: AppKey,
  { paging, ...query }: EventQuery & { paging: Paging },
): Promise<ListedEvent[]> {
  return listMatching(pool, { ...LIST, values: valuesOf(app, query), sorting: SORTINGS[query.sort] }, paging);
}

export async function countEvents(pool: Pool, app: AppKey, query: EventQuery): Promise<ListTotal> {
  return countListed(pool, { ...LIST, values: valuesOf(app, query) });
}

const COLUMNS = `id, event_type as "eventType", description, schema is not null as "hasSchema", enforce, broadcast,
  created_at as "createdAt"`;

const FROM = 'from webhook_events where account_id = $1 and app_id = $2';

const MATCHES = `($3 = '' or event_type ilike $4 or description ilike $4 or id::text ilike $4)`;

const LIST = { columns: COLUMNS, from: FROM, matches: MATCHES };

const valuesOf = (app: AppKey, { text }: EventQuery) => [app.accountId, app.id, text, containing(text)];
