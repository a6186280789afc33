import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { transaction } from '#src/infra/database/transaction.ts';

export interface FilledApp {
  app: Pick<App, 'id' | 'accountId'>;
  endpointIds: string[];
}

const ENDPOINTS = 10;
const NEIGHBOURS = 10;
/** The rows are of the last day and old enough to be indexed. */
const HOURS = 20;
const YOUNGEST_MINUTES = 10;
const AT_A_TIME = 50_000;

/** Fills an app with `rows` messages of 300 bytes and as many attempts, and ten other apps with a hundredth each. */
export async function fillLog(pool: Pool, rows: number): Promise<FilledApp> {
  const filled: FilledApp[] = [];
  for (let index = 0; index <= NEIGHBOURS; index += 1) filled.push(await createApp(pool));
  const [main, ...neighbours] = filled as [FilledApp, ...FilledApp[]];
  for (const neighbour of neighbours)
    await fillRange(pool, neighbour, { from: 1, to: rows / 100, rows: rows / 100 });
  for (let from = 1; from <= rows; from += AT_A_TIME) {
    await fillRange(pool, main, { from, to: Math.min(rows, from + AT_A_TIME - 1), rows });
  }
  return main;
}

async function createApp(pool: Pool): Promise<FilledApp> {
  const [accountId, id] = [randomUUID(), randomUUID()];
  await pool.query(`insert into accounts (id, name, plan, created_at) values ($1, 'Acme', 'scale', now())`, [
    accountId,
  ]);
  await pool.query(`insert into apps (account_id, id, name, created_at) values ($1, $2, 'Acme', now())`, [
    accountId,
    id,
  ]);
  return { app: { accountId, id }, endpointIds: Array.from({ length: ENDPOINTS }, () => randomUUID()) };
}

/** One attempt in a thousand fails with 500, always at the same endpoint. Each message has a unique word in `id`. */
async function fillRange(
  pool: Pool,
  { app, endpointIds }: FilledApp,
  { from, to, rows }: { from: number; to: number; rows: number },
): Promise<void> {
  const values = [app.accountId, app.id, endpointIds, from, to, rows];
  await transaction(pool, async (client) => {
    await client.query(
      `insert into messages (account_id, app_id, id, event_type, version, override_payload, endpoint_ids,
         deliveries_count, routing_revision, data)
       select $1::uuid, $2::uuid, ${idSql('n', '0')}, 'order.' || (array['created', 'paid', 'sent'])[1 + n % 3], '1.0', false,
         $3::uuid[], 1, 1,
         '{"id":"ord_' || left(md5(n::text), 14) || '","customer":"cus_' || left(md5((n / 7)::text), 14)
         || '","email":"user' || n % 50000 || '@example.com","amount":' || (n % 100000) * 79 % 100000
         || ',"currency":"eur","note":"' || case when n % 20 = 0 then 'blue ' else '' end
         || case when n % 20 = 1 then 'circle ' else '' end || 'paid by card and ' || md5((n * 3)::text)
         || '","address":{"city":"Springfield","zip":"' || n % 9999 || '"}}'
       from generate_series($4::int, $5::int) n where $6::int > 0`,
      values,
    );
    await client.query(
      `insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, duration_ms,
         attempt_number, status_code, succeeded, event_type, response_body)
       select $1::uuid, $2::uuid, ${idSql('n', '1')}, ${idSql('n', '0')}, ($3::uuid[])[1 + n % ${String(ENDPOINTS)}], $2::uuid, 20, 1,
         case when n % 1000 = 3 then 500 else 200 end, n % 1000 <> 3,
         'order.' || (array['created', 'paid', 'sent'])[1 + n % 3], case when n % 1000 = 3 then 'out of order' else 'ok' end
       from generate_series($4::int, $5::int) n where $6::int > 0`,
      values,
    );
  });
}

/** SQL: the UUIDv7 of row `n`, the same in every statement. */
function idSql(n: string, kind: string): string {
  const youngest = `(extract(epoch from date_trunc('hour', now())) - ${String(YOUNGEST_MINUTES * 60)}) * 1000`;
  const ms = `(${youngest} - ${String(HOURS * 3_600_000)} * (1 - ${n} / $6::float8))::bigint`;
  const hash = `md5(${n}::text || '${kind}' || $2::uuid)`;
  return `(lpad(to_hex(${ms}), 12, '0') || '7' || left(${hash}, 3) || '8' || right(${hash}, 15))::uuid`;
}
