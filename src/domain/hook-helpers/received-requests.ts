import type { Pool } from 'pg';
import { idRange } from '#src/infra/database/id-range.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { ArrivalSignature } from './arrival-signature.ts';

// The statements for the requests that a Hook Helper received, one function each.

/** A request that arrived at a Hook Helper. */
export interface ReceivedRequest {
  id: string;
  method: string;
  /** The path below `/r/<token>`, with the query. */
  path: string;
  /** As received: names keep their case, and repeated headers are repeated. */
  headers: [string, string][];
  body: Buffer;
  signature: ArrivalSignature;
  /** The status that it was answered with. */
  answeredStatus: number;
  receivedAt: Date;
}

/** What a Hook Helper keeps; older requests are deleted. */
const KEPT_REQUESTS = 100;
const KEPT_BYTES = 8 * 1024 * 1024;

interface Owner {
  accountId: string;
  id: string;
}

/**
 * Inserts a request, notifies the channel `hook_helper`, and deletes all but the newest {@link KEPT_REQUESTS} and
 * {@link KEPT_BYTES}.
 */
export async function insertRequest(
  pool: Pool,
  { accountId, id: helperId }: Owner,
  request: ReceivedRequest,
): Promise<void> {
  await pool.query(
    `with inserted as (
       insert into hook_helper_requests (id, account_id, hook_helper_id, method, path, headers, body, created_at,
         signature, answered_status)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ), dropped as (
       delete from hook_helper_requests where account_id = $2 and hook_helper_id = $3 and id in (
         select id from (
           select id, row_number() over newer as place, sum(octet_length(body)) over newer as "bytesUntil"
           from hook_helper_requests where account_id = $2 and hook_helper_id = $3 window newer as (order by id desc)
         ) kept where place >= ${String(KEPT_REQUESTS)} or "bytesUntil" + octet_length($7) > ${String(KEPT_BYTES)})
     )
     select pg_notify('hook_helper', $3::text)`,
    [
      request.id,
      accountId,
      helperId,
      request.method,
      request.path,
      JSON.stringify(request.headers),
      request.body,
      request.receivedAt,
      request.signature,
      request.answeredStatus,
    ],
  );
}

const COLUMNS = `id, method, path, headers, body, signature, answered_status as "answeredStatus",
  created_at as "receivedAt"`;

/** One page of the kept requests, newest first. */
export async function selectRequests(
  pool: Pool,
  helper: Owner,
  paging: Pick<Paging, 'limit'> & Partial<Paging>,
): Promise<ReceivedRequest[]> {
  const isBackwards = paging.after !== undefined;
  const { rows } = await pool.query<ReceivedRequest>(
    `select ${COLUMNS} from hook_helper_requests
     where account_id = $1 and hook_helper_id = $2 and id >= $3 and id < $4
     order by id ${isBackwards ? 'asc' : 'desc'} limit $5 offset $6`,
    [helper.accountId, helper.id, ...idRange({}, { offset: 0, ...paging }), paging.limit, paging.offset ?? 0],
  );
  return isBackwards ? rows.reverse() : rows;
}

/** An arrival without what it brought. */
export type Arrival = Pick<ReceivedRequest, 'id' | 'receivedAt' | 'signature'>;

/** The kept requests with a header of this value, newest first. */
export async function selectWithHeader(
  pool: Pool,
  helper: Owner,
  [name, value]: [name: string, value: string],
): Promise<Arrival[]> {
  const { rows } = await pool.query<Arrival>(
    `select id, signature, created_at as "receivedAt" from hook_helper_requests
     where account_id = $1 and hook_helper_id = $2 and exists (
       select from jsonb_array_elements(headers) as one where lower(one->>0) = $3 and one->>1 = $4)
     order by id desc`,
    [helper.accountId, helper.id, name.toLowerCase(), value],
  );
  return rows;
}

/** Null when it is not kept any more. */
export async function selectRequest(
  pool: Pool,
  helper: Owner,
  requestId: string,
): Promise<ReceivedRequest | null> {
  const { rows } = await pool.query<ReceivedRequest>(
    `select ${COLUMNS} from hook_helper_requests where account_id = $1 and hook_helper_id = $2 and id = $3`,
    [helper.accountId, helper.id, requestId],
  );
  return rows[0] ?? null;
}

/** Deletes the requests; how many there were. */
export async function deleteRequests(db: Pick<Pool, 'query'>, { accountId, id }: Owner): Promise<number> {
  const { rowCount } = await db.query(
    `with deleted as (delete from hook_helper_requests where account_id = $1 and hook_helper_id = $2 returning id)
     select pg_notify('hook_helper', $2::text) from deleted`,
    [accountId, id],
  );
  return rowCount ?? 0;
}
