import type { Pool } from 'pg';
import type { AttemptOutcome } from '#src/domain/attempts/attempt.ts';
import type { Delivery } from '#src/domain/deliveries/delivery.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import { placeOf } from '#src/infra/lib/place.ts';

/** A delivery that the walk over the log came to. */
export interface FoundDelivery extends Delivery {
  eventType: string;
}

/** A delivery as a list shows it. */
export interface ListedDelivery extends FoundDelivery {
  /** The id that receivers see. */
  id: string;
  /** Where it is in the list: what a cursor names. */
  place: string;
  appId: string;
  accountId: string;
  /** Null when the endpoint was deleted and nothing was sent to it. */
  subscriptionId: string | null;
  createdAt: Date;
  lastAttempt: LastAttempt | null;
}

export interface LastAttempt {
  id: string;
  succeeded: boolean;
  /** Null: there was no answer. */
  statusCode: number | null;
  outcome: AttemptOutcome;
}

interface AttemptOfDelivery extends LastAttempt {
  messageId: string;
  endpointId: string;
  subscriptionId: string;
}

/** Reads the last attempt and the subscription of each delivery: one step into an index for each. */
export async function listDeliveries(
  pool: Pool,
  app: { accountId: string; id: string },
  found: FoundDelivery[],
): Promise<ListedDelivery[]> {
  if (found.length === 0) return [];
  const [attempts, subscriptions] = await Promise.all([
    lastAttempts(pool, app.accountId, found),
    subscriptionsOf(pool, app.accountId, [...new Set(found.map(({ endpointId }) => endpointId))]),
  ]);
  return found.map((delivery) => {
    const { messageId, endpointId } = delivery;
    const place = placeOf(messageId, endpointId);
    const { subscriptionId, ...last } = attempts.get(place) ?? {};
    return {
      ...delivery,
      id: deliveryId(messageId, endpointId),
      place,
      appId: app.id,
      accountId: app.accountId,
      subscriptionId: subscriptions.get(endpointId) ?? subscriptionId ?? null,
      createdAt: new Date(timeOfId(messageId)),
      lastAttempt: isAttempt(last)
        ? { id: last.id, succeeded: last.succeeded, statusCode: last.statusCode, outcome: last.outcome }
        : null,
    };
  });
}

const isAttempt = (last: Partial<LastAttempt>): last is LastAttempt => last.id !== undefined;

async function lastAttempts(
  pool: Pool,
  accountId: string,
  found: FoundDelivery[],
): Promise<Map<string, AttemptOfDelivery>> {
  const ids = found.map(({ messageId }) => messageId);
  const { rows } = await pool.query<AttemptOfDelivery>(LAST_ATTEMPTS, [
    accountId,
    ids,
    found.map(({ endpointId }) => endpointId),
    ids.reduce((oldest, id) => (id < oldest ? id : oldest)),
  ]);
  return new Map(rows.map((row) => [placeOf(row.messageId, row.endpointId), row]));
}

async function subscriptionsOf(pool: Pool, accountId: string, ids: string[]): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; subscriptionId: string }>(
    'select id, subscription_id as "subscriptionId" from endpoints where account_id = $1 and id = any($2)',
    [accountId, ids],
  );
  return new Map(rows.map(({ id, subscriptionId }) => [id, subscriptionId]));
}

const LAST_ATTEMPTS = `
  select last.* from unnest($2::uuid[], $3::uuid[]) as shown(message_id, endpoint_id) cross join lateral (
    select id, message_id as "messageId", endpoint_id as "endpointId", subscription_id as "subscriptionId", succeeded,
      status_code as "statusCode", coalesce(outcome, 'status') as outcome from attempts
    where attempts.account_id = $1 and attempts.message_id = shown.message_id
      and attempts.endpoint_id = shown.endpoint_id and attempts.id >= $4
    order by attempts.id desc limit 1 offset 0
  ) last`;
