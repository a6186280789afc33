import type { Pool } from 'pg';
import { z } from 'zod';
import { transaction } from '#src/infra/database/transaction.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { INTERNAL_PLAN } from '#src/domain/plans/plans.ts';
import { EVENT_TYPES } from './event-types.ts';
import { PROVIDERS } from './providers-app.ts';

/** Makes our own app with its webhook events, or brings them to this version; part of the release. Safe to repeat. */
export async function writeProviders(pool: Pool): Promise<void> {
  const { accountId, appId, name } = PROVIDERS;
  await transaction(pool, async (client) => {
    await client.query('insert into accounts (id, name, plan) values ($1, $2, $3) on conflict do nothing', [
      accountId,
      'HostedHooks',
      INTERNAL_PLAN.slug,
    ]);
    await client.query('insert into apps (id, account_id, name) values ($1, $2, $3) on conflict do nothing', [
      appId,
      accountId,
      name,
    ]);
    await client.query(UPSERT, [accountId, appId, JSON.stringify(rows())]);
  });
}

const rows = () =>
  Object.entries(EVENT_TYPES).map(([eventType, { description, shape, sample }]) => ({
    id: uuidv7(Date.now()),
    event_type: eventType,
    description,
    sample_payload: sample,
    schema: z.toJSONSchema(shape),
  }));

/** Enforces no schema, because what happened would be announced to nobody. */
const UPSERT = `
  insert into webhook_events (account_id, app_id, id, event_type, description, sample_payload, schema)
  select $1, $2, id, event_type, description, sample_payload, schema
  from json_to_recordset($3) as x(id uuid, event_type text, description text, sample_payload json, schema json)
  on conflict (app_id, event_type) do update
  set description = excluded.description, sample_payload = excluded.sample_payload, schema = excluded.schema
  where (webhook_events.description, webhook_events.sample_payload::text, webhook_events.schema::text)
    is distinct from (excluded.description, excluded.sample_payload::text, excluded.schema::text)`;
