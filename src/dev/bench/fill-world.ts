import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { ATTEMPTED, countAttempted } from '#src/domain/attempts/count-sql.ts';
import { secretOwner } from '#src/domain/endpoints/endpoint-secrets.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';

/** How large a world is. */
export interface WorldSize {
  subscribers: number;
  events: number;
  /** Posted to all subscribers, spread over the days. */
  messages: number;
  days: number;
  /** Of the endpoints, one a subscriber: so many fail; half of these are off. */
  failing: number;
}

/**
 * Fills an app of the account with subscribers, of which each has an endpoint, and a history of messages to all of
 * them. A failing endpoint failed three times for each message; one that is off has been so for half of the days, and
 * holds what came since. Of one that is on, the latest message is retried. The rows are as the product writes them, by
 * SQL, so that a million take a minute. Answers the id of the app.
 */
export async function fillWorld(
  { cipher, pool }: { cipher: Cipher; pool: Pool },
  accountId: string,
  size: WorldSize,
): Promise<string> {
  const appId = randomUUID();
  const world = [accountId, appId];
  const { subscribers, events, messages, days, failing } = size;
  await pool.query(APP, [...world, randomUUID()]);
  await pool.query(EVENTS, [...world, events]);
  await pool.query(SUBSCRIPTIONS, [...world, subscribers]);
  await pool.query(ENDPOINTS, [...world, subscribers, failing, days]);
  await sealSecrets(pool, cipher, appId);
  await pool.query(MESSAGES, [...world, subscribers, messages, days, events]);
  // In parts, so that no statement is long.
  for (let from = 1; from <= messages; from += 50) {
    const part = [from, Math.min(messages, from + 49)];
    await pool.query(ATTEMPTS, [...world, subscribers, failing, messages, days, ...part]);
    await pool.query(DELIVERIES, [...world, subscribers, failing, messages, days, ...part]);
  }
  await pool.query(ISSUES, [...world, failing, subscribers, messages, days]);
  await pool.query(
    `with attempted as (select ${ATTEMPTED} from attempts where account_id = $1 and app_id = $2),
     ${countAttempted('0')} select`,
    world,
  );
  return appId;
}

/** Each endpoint's secret is encrypted for it alone. */
async function sealSecrets(pool: Pool, cipher: Cipher, appId: string): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('select id from endpoints where app_id = $1', [appId]);
  const sealed = rows.map(({ id }) => cipher.encrypt('secret-of-a-world', secretOwner(id)));
  await pool.query(
    `update endpoints set secret_encrypted = sealed.secret from unnest($2::uuid[], $3::bytea[]) as sealed(id, secret)
     where app_id = $1 and endpoints.id = sealed.id`,
    [appId, rows.map(({ id }) => id), sealed],
  );
}

/** SQL: the id of a thing, the same in every statement. */
const idOf = (kind: string, n: string) => `md5('${kind}' || ${n} || $2::uuid)::uuid`;

/** SQL: when a message was posted: evenly over the days, the last one a minute before the app was made. */
const postedAt = (n: string, messages: string, days: string) =>
  `((select extract(epoch from created_at) from apps where account_id = $1 and id = $2) - 60 - (${messages} - ${n}) * ${days} * 86400.0 / ${messages})`;

/** SQL: a UUIDv7 of these seconds. */
const uuidAt = (kind: string, n: string, seconds: string) =>
  `(lpad(to_hex((${seconds} * 1000)::bigint), 12, '0') || '7' || left(md5('${kind}' || ${n} || $2::uuid), 3) || '8'
    || right(md5('${kind}' || ${n} || $2::uuid), 15))::uuid`;

const messageId = (n: string, messages: string, days: string) =>
  uuidAt('message', n, postedAt(n, messages, days));

const APP = `insert into apps (account_id, id, name, created_at) values ($1, $2, 'World ' || left($3::uuid::text, 4), now())`;

const EVENTS = `
  insert into webhook_events (id, account_id, app_id, event_type)
  select ${idOf('event', 'n')}, $1, $2, 'resource' || n || '.' || (array['created', 'updated', 'deleted'])[1 + n % 3]
  from generate_series(1, $3::int) n`;

const SUBSCRIPTIONS = `
  insert into subscriptions (id, account_id, app_id, uid, name)
  select ${idOf('subscription', 'n')}, $1, $2, 'customer-' || n, 'Customer ' || n from generate_series(1, $3::int) n`;

/** The first ones fail, those with an odd number are off. */
const ENDPOINTS = `
  insert into endpoints (id, account_id, app_id, subscription_id, url, version, receives_all_events, secret_encrypted,
    status, inactive_reason, inactive_since, failing_since, has_issues)
  select ${idOf('endpoint', 'n')}, $1, $2, ${idOf('subscription', 'n')}, 'https://customer-' || n || '.example/hooks', '1.0', true,
    ''::bytea, case when is_off then 'inactive' else 'active' end, case when is_off then 'attempts_exhausted' end,
    case when is_off then now() - $5::int * interval '12 hours' end,
    case when n <= $4::int then now() - $5::int * interval '1 day' end, n <= $4::int
  from generate_series(1, $3::int) n cross join lateral (select n <= $4::int and n % 2 = 1 as is_off) as how`;

const MESSAGES = `
  insert into messages (account_id, app_id, id, event_type, version, event_id, override_payload, endpoint_ids,
    deliveries_count, routing_revision, data)
  select $1, $2, ${messageId('n', '$4::int', '$5::int')}, 'resource' || 1 + n % $6::int || '.'
      || (array['created', 'updated', 'deleted'])[1 + (1 + n % $6::int) % 3], '1.0', 'order-' || n, false,
    array(select ${idOf('endpoint', 'k')} from generate_series(1, $3::int) k), $3, 1,
    '{"id":"order-' || n || '","customer":"' || md5(n::text) || '","total":' || n * 7 || '}'
  from generate_series(1, $4::int) n`;

/** Of a message at an endpoint: how often it was tried, by whether that fails, is off by then, or has just begun. */
const DELIVERED_TO = `
  from generate_series($7::int, $8::int) n cross join generate_series(1, $3::int) k
  cross join lateral (select k <= $4::int as fails, k <= $4::int and k % 2 = 1 and n > $5::int / 2 as is_held,
    k <= $4::int and k % 2 = 0 and n = $5::int as is_new) as how`;

const ATTEMPTS = `
  insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, duration_ms, first_byte_ms,
    attempt_number, status_code, succeeded, event_type, error_message, response_headers, response_body)
  select $1, $2, ${uuidAt('attempt', `n || '-' || k || '-' || attempt`, `(${postedAt('n', '$5::int', '$6::int')} + attempt * attempt * 5)`)},
    ${messageId('n', '$5::int', '$6::int')}, ${idOf('endpoint', 'k')}, ${idOf('subscription', 'k')},
    20 + (n * k) % 400, 15, attempt, case when fails then 500 else 200 end, not fails,
    'resource' || n % 120 + 1 || '.created', case when fails then 'It answered 500.' end,
    'content-type: text/plain', case when fails then 'out of order' else 'ok' end
  ${DELIVERED_TO}
  cross join lateral generate_series(1, case when is_new then 1 when fails then 3 else 1 end) attempt
  where not is_held`;

const DELIVERIES = `
  insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made, next_attempt_at)
  select $1, $2, ${messageId('n', '$5::int', '$6::int')}, ${idOf('endpoint', 'k')},
    case when is_held then 'held' when is_new then 'scheduled' else 'failed' end,
    case when is_held then 0 when is_new then 1 else 3 end, case when is_new then now() + interval '1 day' end
  ${DELIVERED_TO} where fails`;

const ISSUES = `
  insert into issues (account_id, app_id, id, endpoint_id, subscription_id, cause, status_code, opened_at,
    opening_attempt_id, first_seen_at, last_seen_at, ends_from, missed_since, count, last_attempt_id, last_error)
  select $1, $2, ${uuidAt('issue', 'k', 'extract(epoch from now()) - 3600')}, ${idOf('endpoint', 'k')}, ${idOf('subscription', 'k')},
    'server_error', 500, began, ${idOf('opening', 'k')}, began, now(), now(), began, 10,
    ${uuidAt('attempt', `$5::int / 2 || '-' || k || '-3'`, `(${postedAt('($5::int / 2)', '$5::int', '$6::int')} + 45)`)}, 'It answered 500.'
  from generate_series(1, least($3::int, $4::int)) k
  cross join lateral (select now() - $6::int * interval '1 day' as began) as since`;
