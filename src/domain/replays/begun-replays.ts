import type { Pool } from 'pg';
import type { DeliveryKey } from '#src/domain/deliveries/delivery.ts';
import type { Actor } from '#src/domain/audit/actor.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';

/** A replay that may have sent a delivery again, as the audit log tells of it. */
export interface BegunReplay {
  at: Date;
  actor: Actor;
  /** Whether it was of many deliveries. */
  isBulk: boolean;
}

/** Changes of the account that are looked through: newer ones hide older replays. */
const MAX_READ = 10_000;
const MAX_FOUND = 200;

/**
 * The replays of the delivery, and those of its endpoint or app, that were begun since its message was accepted, oldest
 * first.
 */
export async function begunReplays(
  pool: Pool,
  { accountId, appId, messageId, endpointId }: DeliveryKey,
): Promise<BegunReplay[]> {
  const { rows } = await pool.query<Row>(BEGUN, [
    accountId,
    messageId,
    appId,
    endpointId,
    MAX_READ,
    MAX_FOUND,
  ]);
  return rows
    .map(({ id, isBulk, type, actorId, email }) => ({
      at: new Date(timeOfId(id)),
      isBulk,
      actor: { type, id: actorId, email },
    }))
    .reverse();
}

interface Row extends Pick<Actor, 'email' | 'type'> {
  id: string;
  actorId: string | null;
  isBulk: boolean;
}

/** Ids of changes and of messages are ordered by time alike. */
const BEGUN = `
  select id, actor_type as type, actor_id as "actorId", actor_email as email, details->>'message_id' is null as "isBulk"
  from (
    select * from audit_events where account_id = $1 and id >= $2 order by id desc limit $5
  ) recent
  where action = 'replay.started' and app_id = $3
    and (object_type = 'app' or (object_id = $4::text and coalesce(details->>'message_id', $2::text) = $2::text))
  order by id desc limit $6`;
