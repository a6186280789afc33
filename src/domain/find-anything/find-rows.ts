import type { Pool } from 'pg';

// One function a statement: what an account has of a kind that somebody may look for. Each finds a few, because who
// finds more than a page of them asks more narrowly.

export const MAX_OF_KIND = 10;

/** What is looked for, in the forms that columns have. */
export interface Sought {
  accountId: string;
  text: string;
  /** The text if it is an id of ours, in lower case; else null. */
  id: string | null;
  /** Looks in this app alone; undefined: in all. */
  appId?: string | undefined;
}

export interface NamedRow {
  id: string;
  appId: string;
  appName: string;
  name: string;
  uid: string | null;
  /** Whether the id or the uid is what was looked for, and not a part of the name. */
  isExact: boolean;
}

export async function findApps(pool: Pool, sought: Sought): Promise<NamedRow[]> {
  return named(
    pool,
    sought,
    `select id, id as "appId", name as "appName", name, uid, (id = $2 or uid = $3) is true as "isExact" from apps
     where account_id = $1 and (id = $2 or uid = $3 or name ilike $4)`,
  );
}

export async function findEvents(pool: Pool, sought: Sought): Promise<NamedRow[]> {
  return named(
    pool,
    sought,
    `select e.id, app_id as "appId", apps.name as "appName", event_type as name, null as uid,
       (e.id = $2 or event_type = $3) is true as "isExact"
     from webhook_events e join apps on apps.id = app_id
     where e.account_id = $1 and (e.id = $2 or event_type ilike $4)`,
  );
}

export async function findSubscribers(pool: Pool, sought: Sought): Promise<NamedRow[]> {
  return named(
    pool,
    sought,
    `select s.id, app_id as "appId", apps.name as "appName", s.name, s.uid,
       (s.id = $2 or s.uid = $3) is true as "isExact"
     from subscriptions s join apps on apps.id = app_id
     where s.account_id = $1 and (s.id = $2 or s.uid = $3 or s.name ilike $4 or s.email ilike $4)`,
  );
}

export interface EndpointRow extends NamedRow {
  subscriber: string;
}

/** `name` is the URL. */
export async function findEndpoints(pool: Pool, sought: Sought): Promise<EndpointRow[]> {
  return named<EndpointRow>(
    pool,
    sought,
    `select e.id, e.app_id as "appId", apps.name as "appName", url as name, e.uid, s.name as subscriber,
       (e.id = $2 or e.uid = $3) is true as "isExact"
     from endpoints e join apps on apps.id = e.app_id join subscriptions s on s.id = subscription_id
     where e.account_id = $1 and (e.id = $2 or e.uid = $3 or url ilike $4)`,
  );
}

async function named<R extends NamedRow = NamedRow>(
  pool: Pool,
  { accountId, text, id, appId }: Sought,
  sql: string,
): Promise<R[]> {
  const { rows } = await pool.query<R>(
    `select * from (${sql}) found ${appId === undefined ? '' : 'where "appId" = $5'}
     order by "isExact" desc, name limit ${String(MAX_OF_KIND)}`,
    [
      ...[accountId, id, text, `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`],
      ...(appId === undefined ? [] : [appId]),
    ],
  );
  return rows;
}

export interface LoggedRow {
  id: string;
  appId: string;
}

/** The message with the id (which receivers see as `webhook-id`), or with the provider's `event_id`, in any app. */
export async function findMessages(pool: Pool, { accountId, text, id }: Sought): Promise<LoggedRow[]> {
  const { rows } = await pool.query<LoggedRow>(MESSAGES, [accountId, id, text]);
  return rows;
}

// A look into the index for each app of the account, because the app is in the key before what is looked for.
const MESSAGES = `
  select found.id, apps.id as "appId" from apps cross join lateral (
    select id from messages
    where messages.account_id = $1 and messages.app_id = apps.id and messages.id = $2::uuid
    union
    select message_id from message_event_ids known
    where known.account_id = $1 and known.app_id = apps.id and known.event_id = $3
    offset 0
  ) found where apps.account_id = $1 limit ${String(MAX_OF_KIND)}`;

export async function findAttempts(pool: Pool, { accountId, id }: Sought): Promise<LoggedRow[]> {
  if (id === null) return [];
  const { rows } = await pool.query<LoggedRow>(
    `select found.id, apps.id as "appId" from apps cross join lateral (
       select id from attempts
       where attempts.account_id = $1 and attempts.app_id = apps.id and attempts.id = $2 offset 0
     ) found where apps.account_id = $1`,
    [accountId, id],
  );
  return rows;
}

export interface RequestRow {
  id: string;
  status: number;
  method: string;
  path: string;
}

/** Calls of the API by the id of the answer, and refused ones by the `event_id` of their message. */
export async function findRequests(pool: Pool, { accountId, text, id }: Sought): Promise<RequestRow[]> {
  const { rows } = await pool.query<RequestRow>(
    `select id, status, method, path from api_requests
     where account_id = $1 and (id = $2 or request_id = $3 or (event_id = $3 and status >= 400))
     order by id desc limit ${String(MAX_OF_KIND)}`,
    [accountId, id, text],
  );
  return rows;
}

export interface RoutedRow extends LoggedRow {
  endpointIds: string[];
}

/** Messages of one millisecond with the endpoints that each went to, is held for, or was ignored by. */
export async function findRouted(
  pool: Pool,
  accountId: string,
  { from, to }: { from: string; to: string },
): Promise<RoutedRow[]> {
  const { rows } = await pool.query<RoutedRow>(
    `select found.* from apps cross join lateral (
       select id, app_id as "appId", endpoint_ids || array(
         select endpoint_id from deliveries
         where deliveries.account_id = $1 and deliveries.message_id = messages.id) as "endpointIds"
       from messages
       where messages.account_id = $1 and messages.app_id = apps.id and messages.id >= $2 and messages.id < $3
       offset 0
     ) found where apps.account_id = $1`,
    [accountId, from, to],
  );
  return rows;
}
