import type { Pool } from 'pg';
import type { EndpointStatus, InactiveReason } from '#src/domain/endpoints/endpoint.ts';
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

/** The first is the order unless the reader sorts. */
export const ENDPOINT_SORTS = ['failing', 'subscriber', 'newest'] as const;
export const ENDPOINT_SHOWS = ['failing', 'off', 'on', 'paused'] as const;
export type EndpointQuery = ListQuery<(typeof ENDPOINT_SORTS)[number], (typeof ENDPOINT_SHOWS)[number]> & {
  /** Only those of this subscriber. */
  subscriptionId?: string | undefined;
};

/** An endpoint as a list shows it. */
export interface ListedEndpoint {
  id: string;
  appId: string;
  uid: string | null;
  url: string;
  description: string;
  version: string;
  status: EndpointStatus;
  inactiveReason: InactiveReason | null;
  inactiveSince: Date | null;
  failingSince: Date | null;
  pausedAt: Date | null;
  subscriptionId: string;
  subscriber: string;
  createdAt: Date;
  /** Of its row in the list: see `Paging`. */
  place: string;
}

/** SQL of how bad it is with an endpoint `e`: a digit, the worst is the largest. */
export const ENDPOINT_TROUBLE = `case
  when e.status = 'inactive' and e.inactive_reason is not null then '3'
  when e.status = 'active' and e.failing_since is not null then '2'
  when e.status = 'inactive' then '1' else '0' end`;

const SORTINGS: Record<EndpointQuery['sort'], Sorting> = {
  newest: newestFirst,
  subscriber: byName('s.name'),
  failing: { key: ENDPOINT_TROUBLE, direction: 'desc' },
};

/** The endpoints of an app that are asked for, with whose they are. */
export async function listEndpoints(
  pool: Pool,
  app: AppKey,
  { paging, ...query }: EndpointQuery & { paging: Paging },
): Promise<ListedEndpoint[]> {
  return listMatching(pool, { ...LIST, values: valuesOf(app, query), sorting: SORTINGS[query.sort] }, paging);
}

/** `total` is of the subscriber, when one is asked for. */
export async function countEndpoints(pool: Pool, app: AppKey, query: EndpointQuery): Promise<ListTotal> {
  return countListed(pool, { ...LIST, values: valuesOf(app, query) });
}

const COLUMNS = `e.id, e.app_id as "appId", e.uid, url, description, version, status,
  inactive_reason as "inactiveReason", inactive_since as "inactiveSince", failing_since as "failingSince",
  paused_at as "pausedAt", subscription_id as "subscriptionId", s.name as subscriber, e.created_at as "createdAt"`;

const FROM = `from endpoints e join subscriptions s on s.account_id = e.account_id and s.id = e.subscription_id
  where e.account_id = $1 and e.app_id = $2 and ($3::uuid is null or e.subscription_id = $3)`;

const MATCHES = `(case $4::text
    when 'on' then status = 'active' when 'off' then status = 'inactive' when 'paused' then paused_at is not null
    when 'failing' then (status = 'active' and failing_since is not null) or inactive_reason is not null
    else true end)
  and ($5 = '' or url ilike $6 or s.name ilike $6 or s.email ilike $6 or description ilike $6 or e.uid ilike $6
    or s.uid ilike $6 or e.id::text ilike $6)`;

const LIST = { columns: COLUMNS, from: FROM, matches: MATCHES };

const valuesOf = (app: AppKey, { text, show, subscriptionId }: EndpointQuery) => [
  app.accountId,
  app.id,
  subscriptionId ?? null,
  show ?? null,
  text,
  containing(text),
];
