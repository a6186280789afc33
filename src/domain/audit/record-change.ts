import type { Pool, PoolClient } from 'pg';
import type { Transaction } from 'sequelize';
import { clientOf } from '#src/infra/database/client-of.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Action } from './actions.ts';
import { type Actor, currentActor } from './actor.ts';

/** What was done. No part of it may hold a secret or a key. */
export interface Change {
  accountId: string;
  action: Action;
  object: { type: string; id: string; name?: string | null };
  /** The app that the object belongs to. */
  appId?: string | null;
  /** Of a change which fields it changed, what a role was and is; JSON. */
  details?: object;
}

interface Recording {
  /** Its transaction makes the change; the pool for what changes nothing, such as a secret that was shown. */
  db: Pool | PoolClient | Transaction;
  clock: Clock;
  /** Who did it; by default {@link currentActor}. */
  actor?: Actor;
}

/** Adds the change to the account's audit log, in the transaction that makes it. */
export async function recordChange(recording: Recording, change: Change): Promise<void> {
  await recordChanges(recording, [change]);
}

/** As {@link recordChange}, many in one statement. */
export async function recordChanges(
  { db, clock, actor = currentActor() }: Recording,
  changes: Change[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ accountId, action, object, appId, details }) => ({
    account_id: accountId,
    id: uuidv7(clock.now()),
    action,
    object_type: object.type,
    object_id: object.id,
    object_name: object.name,
    app_id: appId,
    details: details ?? {},
  }));
  await clientOf(db).query(INSERT, [JSON.stringify(rows), actor.type, actor.id, actor.email]);
}

const INSERT = `
  insert into audit_events (account_id, id, actor_type, actor_id, actor_email, action, object_type, object_id, object_name,
    app_id, details)
  select account_id, id, $2, $3, $4, action, object_type, object_id, object_name, app_id, details
  from json_to_recordset($1) as x(account_id uuid, id uuid, action text, object_type text, object_id text,
    object_name text, app_id uuid, details jsonb)`;
