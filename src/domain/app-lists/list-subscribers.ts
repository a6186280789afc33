import type { Pool } from 'pg';
import { sortedPage, type Sorting } from '#src/infra/database/sorted-page.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { ENDPOINT_TROUBLE } from './list-endpoints.ts';
import {
  type AppKey,
  byName,
  containing,
  countListed,
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

/** SQL of how bad it is with the worst endpoint of a subscriber `s`; null without any. */
const TROUBLE = `(select max(${ENDPOINT_TROUBLE}) from endpoints e
  where e.account_id = s.account_id and e.subscription_id = s.id)`;

const SORTINGS: Record<SubscriberQuery['sort'], Sorting> = {
  newest: newestFirst,
  name: byName('s.name'),
  failing: { key: `coalesce(${TROUBLE}, '')`, direction: 'desc' },
};

/** The subscribers of an app that are asked for. */
export async function listSubscribers(
  pool: Pool,
  app: AppKey,
  { paging, ...query }: SubscriberQuery & { paging: Paging },
): Promise<ListedSubscriber[]> {
  return sortedPage<Omit<ListedSubscriber, 'place'>>(
    pool,
    {
      columns: COLUMNS,
      from: `${FROM} and ${MATCHES}`,
      values: valuesOf(app, query),
      sorting: SORTINGS[query.sort],
    },
    paging,
  );
}

export async function countSubscribers(pool: Pool, app: AppKey, query: SubscriberQuery): Promise<ListTotal> {
  return countListed(pool, { from: FROM, matches: MATCHES, values: valuesOf(app, query) });
}

const COLUMNS = 's.id, s.uid, s.name, s.email, s.created_at as "createdAt"';

const FROM = 'from subscriptions s where s.account_id = $1 and s.app_id = $2';

const MATCHES = `(case $3::text
    when 'failing' then ${TROUBLE} >= '2' when 'off' then exists (select from endpoints e
      where e.account_id = s.account_id and e.subscription_id = s.id and e.status = 'inactive')
    when 'without_endpoints' then ${TROUBLE} is null else true end)
  and ($4 = '' or s.name ilike $5 or s.uid ilike $5 or s.email ilike $5 or s.id::text ilike $5
    or exists (select from endpoints e
      where e.account_id = s.account_id and e.subscription_id = s.id and (e.url ilike $5 or e.uid ilike $5)))`;

const valuesOf = (app: AppKey, { text, show }: SubscriberQuery) => [
  app.accountId,
  app.id,
  show ?? null,
  text,
  containing(text),
];
