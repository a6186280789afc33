import { randomBytes, randomInt } from 'node:crypto';
import type { Pool } from 'pg';
import { uuidv7 } from '#src/infra/lib/ids.ts';

interface Owner {
  accountId: string;
  resourceId: string;
}

/** Tables that name no account, or stand for one themselves. People outlive their accounts. */
const NOT_FILLED = [
  'people',
  'recovery_codes',
  'sign_ups',
  'session_people',
  'sign_in_rates',
  'schema_migrations',
  'accounts',
  'heroku_resources',
  'used_sso_tokens',
  'process_metrics',
  'job_runs',
  'two_phase',
];

/** What a column must hold that no value of its type would satisfy. */
const VALUES: Record<string, () => unknown> = {
  'members.role': () => 'admin',
  'invitations.role': () => null,
  'deliveries.state': () => 'failed',
  'queue_entries.trigger': () => 'automatic',
  'replays.status': () => 'done',
  'endpoint_revisions.status': () => 'active',
  // Far from those that triggers write while the other tables are filled.
  'endpoint_revisions.revision': () => randomInt(1_000_000, 1_000_000_000),
  'heroku_authorizations.state': () => 'unconfigured',
  'usage_warnings.threshold': () => 50,
  'endpoint_alerts.kind': () => 'endpoint-failing',
  'endpoint_alerts.reader': () => 'provider',
  'endpoints_told.reader': () => 'provider',
  'channels.format': () => 'json',
  'hook_helper_requests.headers': () => '[]',
  'issues.status': () => 'open',
  'issues.resolved_at': () => null,
  'saved_views.list': () => 'messages',
  'search_blocks.list': () => 'messages',
  'search_progress.list': () => 'messages',
  'search_recounts.list': () => 'messages',
  'transformation_executions.outcome': () => 'sent',
  'api_requests.status': () => 422,
  'audit_events.action': () => 'app.created',
  'audit_events.actor_type': () => 'system',
  'apps.uid': () => null,
};

interface Column {
  table: string;
  name: string;
  type: string;
  isRequired: boolean;
  isLastOfKey: boolean;
}

/**
 * Puts a row of the account into every table of the schema that can hold one, whichever tables there are; of `many` so
 * many. Answers every id that it made: where one of them is found, something of the account is left.
 */
export async function fillEveryTable(
  pool: Pool,
  owner: Owner,
  many: { tables: string[]; rows: number },
): Promise<string[]> {
  const ids = new Map([
    ['account_id', owner.accountId],
    ['resource_id', owner.resourceId],
  ]);
  const inhabited = { ...owner, personId: await makePerson(pool) };
  const waiting = Map.groupBy(await readColumns(pool), ({ table }) => table);
  for (let problem: unknown; waiting.size > 0;) {
    const before = waiting.size;
    for (const [table, columns] of waiting) {
      const rows = many.tables.includes(table) ? many.rows : 1;
      try {
        for (let n = 0; n < rows; n += 1) await insertRow(pool, { columns, owner: inhabited, ids, n });
        waiting.delete(table);
      } catch (error) {
        // What it refers to may come later.
        problem = new Error(`account-rows.ts does not know what a row of ${table} looks like`, {
          cause: error,
        });
      }
    }
    if (waiting.size === before) throw problem;
  }
  return [...ids.values()];
}

/** Somebody who outlives the account: none of the ids that have to be gone. */
async function makePerson(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into people (id, email, password_hash, created_at)
     values (gen_random_uuid(), gen_random_uuid()::text, '', now()) returning id`,
  );
  return rows[0]?.id ?? '';
}

interface Row {
  columns: Column[];
  owner: Owner & { personId: string };
  ids: Map<string, string>;
  /** Which row of its table. */
  n: number;
}

async function insertRow(pool: Pool, { columns, owner, ids, n }: Row): Promise<void> {
  const filled = columns.filter(
    ({ table, name, isRequired }) => isRequired || ids.has(name) || `${table}.${name}` in VALUES,
  );
  const values = filled.map((column) => {
    const { table, name, type, isLastOfKey } = column;
    const special = VALUES[`${table}.${name}`];
    if (special !== undefined) return special();
    if (name === 'person_id') return owner.personId;
    if (type === 'uuid') return n > 0 && isLastOfKey ? uuidv7(Date.now()) : idNamed(ids, idName(column));
    return valueOf(type, { text: owner.accountId, n });
  });
  const names = filled.map(({ name }) => name).join(', ');
  const places = filled.map((_, index) => `$${String(index + 1)}`).join(', ');
  const table = columns[0]?.table ?? '';
  await pool.query(`insert into ${table} (${names}) values (${places}) on conflict do nothing`, values);
}

/** The `id` of apps is what other tables call `app_id`. */
function idName({ table, name }: Column): string {
  return name === 'id' ? `${table.replace(/s$/, '')}_id` : name;
}

function idNamed(ids: Map<string, string>, name: string): string {
  const id = ids.get(name) ?? uuidv7(Date.now());
  ids.set(name, id);
  return id;
}

function valueOf(type: string, { text, n }: { text: string; n: number }): unknown {
  switch (type) {
    case 'text':
    case 'character varying':
      return `${text}-${String(n)}`;
    case 'bytea':
      return randomBytes(32);
    case 'boolean':
      return false;
    case 'json':
    case 'jsonb':
    case 'ARRAY':
      return '{}';
    case 'date':
    case 'timestamp without time zone':
    case 'timestamp with time zone':
      return new Date(Date.now() + n * 3_600_000);
    default:
      return n + 1;
  }
}

async function readColumns(pool: Pool): Promise<Column[]> {
  const { rows } = await pool.query<Column>(
    `select c.table_name as table, c.column_name as name, c.data_type as type,
       c.is_nullable = 'NO' and c.is_identity = 'NO' and c.column_default is null as "isRequired",
       coalesce(a.attnum = key.last, false) as "isLastOfKey"
     from information_schema.columns c
     join pg_class t on t.relname = c.table_name and t.relnamespace = 'public'::regnamespace
     join pg_attribute a on a.attrelid = t.oid and a.attname = c.column_name
     left join (select conrelid, conkey[cardinality(conkey)] as last from pg_constraint where contype = 'p') key
       on key.conrelid = t.oid
     where c.table_schema = 'public' and t.relkind in ('r', 'p') and not t.relispartition and t.relname <> all($1)`,
    [NOT_FILLED],
  );
  return rows;
}

/**
 * How many rows of every table of the database name one of `ids` in whichever column; tables without any are left out.
 */
export async function countMentions(pool: Pool, ids: string[]): Promise<Record<string, number>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relnamespace in ('public'::regnamespace, 'pgboss'::regnamespace) and relkind in ('r', 'p')
       and not relispartition order by 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::int as count from ${name} t where exists (
         select from unnest($1::text[]) id where strpos(t::text, id) > 0)`,
      [ids],
    );
    if (rows[0]?.count !== 0) counts[name] = rows[0]?.count ?? 0;
  }
  return counts;
}

/** The tables that {@link fillEveryTable} fills. */
export async function tablesOfAccounts(pool: Pool): Promise<string[]> {
  return [...new Set((await readColumns(pool)).map(({ table }) => table))];
}
