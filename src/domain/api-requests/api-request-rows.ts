import type { Pool } from 'pg';
import { newestRows } from '#src/infra/database/newest-rows.ts';
import { idRange } from '#src/infra/database/id-range.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { ApiRequest, NewApiRequest } from './api-request.ts';

// One function a statement.

/** Rows of an account that are kept, the newest of each kind. */
const REFUSED_KEPT = 5000;
const TAKEN_KEPT = 1000;

export interface Recorded extends NewApiRequest {
  unlisted: number;
}

/** Adds requests, which may be of several accounts. Those of an account that was deleted meanwhile are left out. */
export async function insertRequests(pool: Pool, rows: Recorded[]): Promise<void> {
  const values = rows.map((row) => ({
    account_id: row.accountId,
    id: row.id,
    method: row.method,
    path: row.path,
    operation: row.operation,
    status: row.status,
    code: row.code,
    message: row.message,
    details: row.details,
    event_type: row.eventType,
    event_id: row.eventId,
    api_key_id: row.apiKeyId,
    request_id: row.requestId,
    client_address: row.clientAddress,
    user_agent: row.userAgent,
    content_type: row.contentType,
    duration_ms: row.durationMs,
    body: row.body,
    body_bytes: row.bodyBytes,
    unlisted: row.unlisted,
  }));
  await pool.query({ name: 'insert-api-requests', text: INSERT, values: [JSON.stringify(values, storable)] });
}

/** PostgreSQL has no text with NUL or half of a surrogate pair. */
const storable = (_name: string, value: unknown) =>
  typeof value === 'string' ? value.replaceAll('\0', '\uFFFD').toWellFormed() : value;

const INSERT = `
  insert into api_requests (account_id, id, method, path, operation, status, code, message, details, event_type,
    event_id, api_key_id, request_id, client_address, user_agent, content_type, duration_ms, body, body_bytes, unlisted)
  select account_id, x.id, method, path, operation, status, code, message, details, event_type,
    event_id, api_key_id, request_id, client_address, user_agent, content_type, duration_ms, body, body_bytes, unlisted
  from json_to_recordset($1) as x(account_id uuid, id uuid, method text, path text, operation text, status smallint,
    code text, message text, details json, event_type text, event_id text, api_key_id uuid, request_id text,
    client_address text, user_agent text, content_type text, duration_ms integer, body text, body_bytes integer,
    unlisted integer)
  where exists (select from accounts where accounts.id = x.account_id)
  on conflict do nothing`;

/** Deletes all but the newest of the account that are kept, of those that were refused and of the others. */
export async function deleteOlderRequests(pool: Pool, accountId: string): Promise<void> {
  await pool.query(olderThan('status >= 400'), [accountId, REFUSED_KEPT]);
  await pool.query(olderThan('status < 400'), [accountId, TAKEN_KEPT]);
}

const olderThan = (kind: string) => `
  delete from api_requests
  where account_id = $1 and ${kind} and id <= (
    select id from api_requests where account_id = $1 and ${kind} order by id desc offset $2 limit 1)`;

export interface RequestFilters {
  /** Only those that were refused, or only the others. */
  outcome?: 'refused' | 'accepted' | undefined;
  status?: number | undefined;
  code?: string | undefined;
  method?: string | undefined;
  /** In the address, the request's id or the event's; without regard to case. */
  text?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

/** Newest first. Without the bodies. */
export async function selectRequests(
  pool: Pool,
  { accountId, filters }: { accountId: string; filters: RequestFilters },
  paging: Paging,
): Promise<ApiRequest[]> {
  const { outcome, status, code, method, text, since, until } = filters;
  const kind = outcome === undefined ? '' : `and status ${outcome === 'refused' ? '>=' : '<'} 400`;
  const [from, to] = idRange({ since, until }, { limit: 0, offset: 0 });
  return newestRows<ApiRequest>(
    pool,
    {
      text: `select ${columns('null as body')} from api_requests
        where account_id = $1 ${kind} and id >= $2 and id < $3
          and ($4::smallint is null or status = $4)
          and ($5::text is null or code = $5)
          and ($6::text is null or method = $6)
          and ($7::text is null or position(lower($7) in lower(concat_ws(' ', path, request_id, event_id))) > 0)`,
      values: [accountId, from, to, status ?? null, code ?? null, method ?? null, text ?? null],
    },
    paging,
  );
}

export async function findRequest(pool: Pool, accountId: string, id: string): Promise<ApiRequest | null> {
  const { rows } = await pool.query<ApiRequest>(
    `select ${columns('body')} from api_requests where account_id = $1 and id = $2`,
    [accountId, id],
  );
  return rows[0] ?? null;
}

/** The newest of the account, with its body; null when none is kept. */
export async function findNewestRequest(pool: Pool, accountId: string): Promise<ApiRequest | null> {
  const { rows } = await pool.query<ApiRequest>(
    `select ${columns('body')} from api_requests where account_id = $1 order by id desc limit 1`,
    [accountId],
  );
  return rows[0] ?? null;
}

/** Whether a key of the account was ever used. */
export async function wasKeyUsed(pool: Pool, accountId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    'select from api_keys where account_id = $1 and last_used_at is not null limit 1',
    [accountId],
  );
  return rowCount !== 0;
}

const columns = (
  body: string,
) => `id, account_id as "accountId", method, path, operation, status, code, message,
  details, event_type as "eventType", event_id as "eventId", api_key_id as "apiKeyId", request_id as "requestId",
  client_address as "clientAddress", user_agent as "userAgent", content_type as "contentType",
  duration_ms as "durationMs", ${body}, body_bytes as "bodyBytes", unlisted,
  (select name from api_keys
   where api_keys.account_id = api_requests.account_id and api_keys.id = api_key_id) as "apiKeyName"`;
