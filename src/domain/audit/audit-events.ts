import type { Pool } from 'pg';
import { idRange } from '#src/infra/database/id-range.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Action } from './actions.ts';
import type { Actor } from './actor.ts';

/** A change as it was recorded. */
export interface AuditEvent {
  id: string;
  /** `name`: of a key, for as long as it is listed. */
  actor: Actor & { name: string | null };
  action: Action;
  object: { type: string; id: string; name: string | null };
  appId: string | null;
  details: Record<string, unknown>;
  createdAt: Date;
}

export interface AuditFilters {
  /** A type of actor, the id of one, or a person's address. */
  actor?: string | undefined;
  action?: Action | undefined;
  /** In the actor's address, the action, or the object's name or id; without regard to case. */
  text?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

const ROWS_A_BATCH = 500;

/** The changes of an account, newest first. */
export class AuditEvents {
  readonly #pool: Pool;

  constructor({ pool }: { pool: Pool }) {
    this.#pool = pool;
  }

  async list(accountId: string, filters: AuditFilters, paging: Paging): Promise<AuditEvent[]> {
    const isBackwards = paging.after !== undefined;
    const { actor, action, text } = filters;
    const { rows } = await this.#pool.query<Row>(isBackwards ? OLDEST_FIRST : NEWEST_FIRST, [
      accountId,
      ...idRange(filters, paging),
      actor ?? null,
      action ?? null,
      text ?? null,
      paging.limit,
      paging.offset,
    ]);
    const events = rows.map(toEvent);
    return isBackwards ? events.reverse() : events;
  }

  /** All of them, newest first, in batches that are read as they are asked for. */
  async *all(accountId: string, filters: AuditFilters): AsyncGenerator<AuditEvent[]> {
    let before: string | undefined;
    for (;;) {
      const batch = await this.list(accountId, filters, { limit: ROWS_A_BATCH, offset: 0, before });
      if (batch.length > 0) yield batch;
      if (batch.length < ROWS_A_BATCH) return;
      before = batch.at(-1)?.id;
    }
  }
}

interface Row {
  id: string;
  actor_type: Actor['type'];
  actor_id: string | null;
  actor_email: string | null;
  actor_name: string | null;
  action: Action;
  object_type: string;
  object_id: string;
  object_name: string | null;
  app_id: string | null;
  details: Record<string, unknown>;
}

const statement = (order: 'asc' | 'desc') => `
  select found.*, api_keys.name as actor_name from (
    select * from audit_events
    where account_id = $1 and id >= $2 and id < $3
      and ($4::text is null or $4 in (actor_type, actor_id) or lower(actor_email) = lower($4))
      and ($5::text is null or action = $5)
      and ($6::text is null
        or position(lower($6) in lower(concat_ws(' ', actor_email, action, object_name, object_id))) > 0)
    order by id ${order} limit $7 offset $8
  ) found
  left join api_keys on api_keys.account_id = $1
    and api_keys.id = case actor_type when 'api_key' then actor_id::uuid end
  order by found.id ${order}`;

const [NEWEST_FIRST, OLDEST_FIRST] = [statement('desc'), statement('asc')];

const toEvent = (row: Row): AuditEvent => ({
  id: row.id,
  actor: { type: row.actor_type, id: row.actor_id, email: row.actor_email, name: row.actor_name },
  action: row.action,
  object: { type: row.object_type, id: row.object_id, name: row.object_name },
  appId: row.app_id,
  details: row.details,
  createdAt: new Date(timeOfId(row.id)),
});
