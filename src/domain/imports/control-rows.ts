import type { Pool, PoolClient } from 'pg';
import {
  type AppRules,
  appRuleFields,
  type EndpointRules,
  mergeRules,
  pickRules,
} from '#src/domain/outbound-rules/rules.ts';
import { isEventPattern } from '#src/domain/endpoints/event-patterns.ts';
import type { LineOf } from './line-schemas.ts';

// One function a statement: the control plane's rows of an import.

const TABLES = {
  app: 'apps',
  webhook_event: 'webhook_events',
  transformation: 'transformations',
  subscription: 'subscriptions',
  endpoint: 'endpoints',
  hook_helper: 'hook_helpers',
};
export type Noun = keyof typeof TABLES;

/** The column that names a row in its app. */
const NAMES: Record<Noun, string> = {
  app: 'uid',
  webhook_event: 'event_type',
  transformation: 'name',
  subscription: 'uid',
  endpoint: 'uid',
  hook_helper: 'null',
};

/** Whether no account has a row with this id. */
export async function isFree(pool: Pool, noun: Noun, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(`select from ${TABLES[noun]} where id = $1`, [id]);
  return rowCount === 0;
}

/** The id of the account's row with one of these ids, or with this name in its app; null without one. */
export async function findOwn(
  pool: Pool,
  noun: Noun,
  key: { accountId: string; appId: string | null; ids: string[]; name: string | null },
): Promise<string | null> {
  const inApp = key.appId === null ? '$4::uuid is null' : 'app_id = $4';
  const { rows } = await pool.query<{ id: string }>(
    `select id from ${TABLES[noun]} where account_id = $1 and ${inApp} and (id = any($2) or ${NAMES[noun]} = $3) limit 1`,
    [key.accountId, key.ids, key.name, key.appId],
  );
  return rows[0]?.id ?? null;
}

interface RowKey {
  accountId: string;
  id: string;
}
interface KeyInApp extends RowKey {
  appId: string;
}

export async function insertApp(pool: Pool, { accountId, id }: RowKey, app: LineOf<'app'>): Promise<void> {
  await pool.query(
    `insert into apps (id, account_id, uid, name, success_policy, retry_delays_seconds, header_prefix, portal,
       rules, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      id,
      accountId,
      app.uid,
      app.name,
      app.success_policy,
      app.retry_delays,
      app.header_prefix,
      JSON.stringify(app.portal),
      JSON.stringify(mergeRules<AppRules>({}, pickRules(appRuleFields, app))),
      app.created_at,
    ],
  );
}

/** `sample` and `versions` are JSON text as the file has it. */
export async function insertEvent(
  pool: Pool,
  { accountId, appId, id }: KeyInApp,
  event: Omit<LineOf<'webhook_event'>, 'versions'> & { sample: string; versions: string },
): Promise<void> {
  const schema = event.schema === null ? null : JSON.stringify(event.schema);
  const { event_type: type, description, sample, versions, enforce, broadcast, created_at: at } = event;
  await pool.query(
    `insert into webhook_events (id, account_id, app_id, event_type, description, sample_payload, schema, versions,
       enforce, broadcast, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [id, accountId, appId, type, description, sample, schema, versions, enforce, broadcast, at],
  );
}

export async function insertSubscription(
  client: PoolClient,
  { accountId, appId, id }: KeyInApp,
  { uid, name, email, created_at }: LineOf<'subscription'>,
): Promise<void> {
  await client.query(
    `insert into subscriptions (id, account_id, app_id, uid, name, email, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, accountId, appId, uid, name, email, created_at],
  );
}

interface EndpointKey extends KeyInApp {
  subscriptionId: string;
  transformationId: string | null;
}

type EndpointRow = Omit<LineOf<'endpoint'>, keyof ReturnType<typeof sinceHere>> &
  ReturnType<typeof sinceHere> & { sealed: Buffer; ruleSecrets: Buffer | null; rules: EndpointRules };

/**
 * Since when an endpoint has what makes its requests: by the file, but `at` for what the file does not hold, or leads
 * elsewhere here, because what was tried before was made otherwise. `left`: rules that are left unset.
 */
export function sinceHere(
  line: LineOf<'endpoint'>,
  { url, left, at }: { url: string; left: string[]; at: Date },
) {
  return {
    url_since: url === line.url ? line.url_since : at,
    secret_since: line.secret === undefined ? at : line.secret_since,
    rules_since: left.length === 0 ? line.rules_since : at,
  };
}

/** Inserts an endpoint with its events in one statement. It is not probed, because an import sends nothing. */
export async function insertEndpoint(
  client: PoolClient,
  { accountId, appId, id, subscriptionId, transformationId }: EndpointKey,
  endpoint: EndpointRow,
): Promise<void> {
  const { enabled_events: events, inactive_reason: reason, inactive_since: since } = endpoint;
  const listed = events === '*' ? [] : events;
  await client.query(
    `with made as (
       insert into endpoints (id, account_id, app_id, subscription_id, uid, url, description, version, status,
         inactive_reason, inactive_since, failing_since, receives_all_events, secret_encrypted, retry_delays_seconds,
         created_at, rules, event_patterns, rule_secrets_encrypted,
         paused_at, transformation_id, url_since, secret_since,
         rules_since)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $18, $19, $20, $21, $22,
         $23, $24, $25)
     )
     insert into endpoint_events (account_id, app_id, endpoint_id, webhook_event_id)
     select $2, $3, $1, id from webhook_events where app_id = $3 and event_type = any($17)`,
    [
      ...[id, accountId, appId, subscriptionId, endpoint.uid, endpoint.url, endpoint.description],
      ...[endpoint.version, endpoint.status, reason, since, endpoint.failing_since, events === '*'],
      ...[endpoint.sealed, endpoint.retry_delays, endpoint.created_at, listed],
      ...[JSON.stringify(endpoint.rules), listed.filter(isEventPattern), endpoint.ruleSecrets],
      ...[
        endpoint.paused_at,
        transformationId,
        endpoint.url_since,
        endpoint.secret_since,
        endpoint.rules_since,
      ],
    ],
  );
}

export async function insertHookHelper(
  pool: Pool,
  { accountId, id }: RowKey,
  { token, ...helper }: LineOf<'hook_helper'> & { token: string },
): Promise<void> {
  const { label, answer, failures_left: left, created_at: at } = helper;
  await pool.query(
    `insert into hook_helpers (id, account_id, label, token, answer, failures_left, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, accountId, label, token, answer, left, at],
  );
}

export async function tokenOfHookHelper(pool: Pool, { accountId, id }: RowKey): Promise<string | null> {
  const { rows } = await pool.query<{ token: string }>(
    'select token from hook_helpers where account_id = $1 and id = $2',
    [accountId, id],
  );
  return rows[0]?.token ?? null;
}

export async function linkHookHelper(
  pool: Pool,
  { accountId, id }: RowKey,
  endpointId: string,
): Promise<void> {
  await pool.query(
    `update hook_helpers set endpoint_id = $3 where account_id = $1 and id = $2
     and exists (select from endpoints where account_id = $1 and id = $3)`,
    [accountId, id, endpointId],
  );
}
