import type { Pool } from 'pg';
import { newestRows } from '#src/infra/database/newest-rows.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Execution, Transformation } from './transformation.ts';

type Key = Pick<Transformation, 'accountId' | 'id'>;

const COLUMNS = `id, account_id as "accountId", app_id as "appId", transformation_id as "transformationId",
  message_id as "messageId", endpoint_id as "endpointId", version, outcome, request, result, console, error,
  duration_ms as "durationMs"`;

/** Adds executions of one account. Those of a transformation that was deleted meanwhile are left out. */
export async function insertExecutions(pool: Pool, accountId: string, rows: Execution[]): Promise<void> {
  const values = rows.map((row) => ({
    id: row.id,
    app_id: row.appId,
    transformation_id: row.transformationId,
    message_id: row.messageId,
    endpoint_id: row.endpointId,
    version: row.version,
    outcome: row.outcome,
    request: row.request,
    result: row.result ?? undefined,
    console: row.console,
    error: row.error,
    duration_ms: row.durationMs,
  }));
  await pool.query({ name: 'insert-executions', text: INSERT, values: [accountId, JSON.stringify(values)] });
}

const INSERT = `
  insert into transformation_executions (account_id, id, app_id, transformation_id, message_id, endpoint_id, version,
    outcome, request, result, console, error, duration_ms)
  select $1, x.id, app_id, transformation_id, message_id, endpoint_id, x.version, outcome, request, result, console,
    error, duration_ms
  from json_to_recordset($2) as x(id uuid, app_id uuid, transformation_id uuid, message_id uuid, endpoint_id uuid,
    version integer, outcome text, request json, result json, console json, error text, duration_ms integer)
  where exists (select from transformations of_it where of_it.account_id = $1 and of_it.id = x.transformation_id)
  on conflict do nothing`;

/** Deletes all but the newest `kept` that failed, and the newest `kept` of the others. */
export async function deleteOlderExecutions(pool: Pool, { accountId, id }: Key, kept: number): Promise<void> {
  for (const isFailed of [true, false]) {
    await pool.query({ name: 'delete-executions', text: DELETE, values: [accountId, id, isFailed, kept] });
  }
}

const DELETE = `
  delete from transformation_executions
  where account_id = $1 and transformation_id = $2 and (outcome = 'failed') = $3 and id <= (
    select id from transformation_executions
    where account_id = $1 and transformation_id = $2 and (outcome = 'failed') = $3
    order by id desc offset $4 limit 1)`;

export async function selectExecutions(
  pool: Pool,
  { accountId, id }: Key,
  paging: Paging,
): Promise<Execution[]> {
  const text = `select ${COLUMNS} from transformation_executions where account_id = $1 and transformation_id = $2`;
  return newestRows<Execution>(pool, { text, values: [accountId, id] }, paging);
}

export async function findExecutions(
  pool: Pool,
  { accountId, ids }: { accountId: string; ids: string[] },
): Promise<Execution[]> {
  const { rows } = await pool.query<Execution>(
    `select ${COLUMNS} from transformation_executions where account_id = $1 and id = any($2)`,
    [accountId, ids],
  );
  return rows;
}

/** The newest of a delivery; null when none is kept. */
export async function findNewestOfDelivery(
  pool: Pool,
  { accountId, messageId, endpointId }: Pick<Execution, 'accountId' | 'messageId' | 'endpointId'>,
): Promise<Execution | null> {
  const { rows } = await pool.query<Execution>(
    `select ${COLUMNS} from transformation_executions
     where account_id = $1 and message_id = $2 and endpoint_id = $3 order by id desc limit 1`,
    [accountId, messageId, endpointId],
  );
  return rows[0] ?? null;
}
