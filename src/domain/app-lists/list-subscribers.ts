import type { Pool } from 'pg';
import type { Sorting } from '#src/infra/database/sorted-page.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { ENDPOINT_TROUBLE } from './list-endpoints.ts';
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

/** The first is the order unless the reader sorts. */
export const SUBSCRIBER_SORTS = ['failing', 'name', 'newest'] as const;
export const SUBSCRIBER_SHOWS = ['failing', 'off', 'without_endpoints'] as const;
export type SubscriberQuery = ListQuery<(typeof SUBSCRIBER_SORTS)[number], (typeof SUBSCRIBER_SHOWS)[number]>;

/** A subscriber as a list shows it. */
export interface ListedSubscriber {
  id: string;
  uid: string | null;
  name: string;
  email: string | null;
  createdAt: Date;
  /** Of its row in the list: see `Paging`. */
  place: string;
}

const SORTINGS: Record<SubscriberQuery['sort'], Sorting> = {
  newest: newestFirst,
  name: byName('s.name'),
  failing: { key: `coalesce(worst.trouble, '')`, direction: 'desc' },
};

/** The subscribers of an app that are asked for. */
export async function listSubscribers(
  pool: Pool,
  app: AppKey,
  { paging, ...query }: SubscriberQuery & { paging: Paging },
): Promise<ListedSubscriber[]> {
  return listMatching(pool, { ...LIST, values: valuesOf(app, query), sorting: SORTINGS[query.sort] }, paging);
}

export async function countSubscribers(pool: Pool, app: AppKey, query: SubscriberQuery): Promise<ListTotal> {
  return countListed(pool, { ...LIST, values: valuesOf(app, query) });
}

const COLUMNS = 's.id, s.uid, s.name, s.email, s.created_at as "createdAt"';

/** `worst` says how bad it is with the worst endpoint of a subscriber; null without any. */
const FROM = `from subscriptions s left join (
    select subscription_id, max(${ENDPOINT_TROUBLE}) as trouble from endpoints e
    where e.account_id = $1 and e.app_id = $2 group by subscription_id
  ) worst on worst.subscription_id = s.id
  where s.account_id = $1 and s.app_id = $2`;

const withEndpoint = (condition: string) => `s.id in (
  select subscription_id from endpoints e where e.account_id = $1 and e.app_id = $2 and (${condition}))`;

const MATCHES = `(case $3::text
    when 'failing' then worst.trouble >= '2' when 'off' then ${withEndpoint(`e.status = 'inactive'`)}
    when 'without_endpoints' then worst.trouble is null else true end)
  and ($4 = '' or s.name ilike $5 or s.uid ilike $5 or s.email ilike $5 or s.id::text ilike $5
    or ${withEndpoint('e.url ilike $5 or e.uid ilike $5')})`;

const LIST = { columns: COLUMNS, from: FROM, matches: MATCHES };

const valuesOf = (app: AppKey, { text, show }: SubscriberQuery) => [
  app.accountId,
  app.id,
  show ?? null,
  text,
  containing(text),
];
