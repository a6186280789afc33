import type { Pool } from 'pg';
import type { DeliveryCounts } from '#src/domain/attempts/delivery-counts.ts';
import { type EndpointHealth, healthOfEndpoints } from './endpoint-health.ts';

/** Endpoints of a page of subscribers whose health is read at most, the oldest of each. */
const MAX_READ = 1000;

/** How many endpoints a subscriber has. */
export interface EndpointsBySubscriber {
  on: number;
  off: number;
  /** On, and no delivery succeeds. */
  failing: number;
}

/** How a subscriber fares: its endpoints together. */
export interface SubscriberHealth extends EndpointHealth {
  endpoints: EndpointsBySubscriber;
  /** Whether it has more endpoints than were read, so that there are at least so many attempts. */
  isCut: boolean;
}

interface Parts {
  pool: Pool;
  deliveryCounts: DeliveryCounts;
}

/** How each of a page of subscribers fares: the sums of what {@link healthOfEndpoints} says. */
export async function healthOfSubscribers(
  parts: Parts,
  accountId: string,
  subscriptionIds: string[],
): Promise<(subscriptionId: string) => SubscriberHealth> {
  const [numbers, read] = await Promise.all([
    countBySubscriber(parts.pool, accountId, subscriptionIds),
    readEndpoints(parts.pool, accountId, subscriptionIds),
  ]);
  const health = await healthOfEndpoints(
    parts,
    accountId,
    read.map(({ id }) => id),
  );
  const bySubscriber = Map.groupBy(read, ({ subscriptionId }) => subscriptionId);
  return (subscriptionId) => {
    const endpoints = numbers.get(subscriptionId) ?? { on: 0, off: 0, failing: 0 };
    const own = (bySubscriber.get(subscriptionId) ?? []).map(({ id }) => health(id));
    const isCut = endpoints.on + endpoints.off > own.length;
    return { ...own.reduce(plus, NOTHING), endpoints, isCut };
  };
}

const NOTHING: EndpointHealth = {
  succeeded: 0,
  failed: 0,
  missed: { failed: 0, held: 0 },
  isMissedCut: false,
  latest: null,
};

function plus(one: EndpointHealth, other: EndpointHealth): EndpointHealth {
  return {
    succeeded: one.succeeded + other.succeeded,
    failed: one.failed + other.failed,
    missed: {
      failed: one.missed.failed + other.missed.failed,
      held: one.missed.held + other.missed.held,
    },
    isMissedCut: one.isMissedCut || other.isMissedCut,
    latest: later(one.latest, other.latest),
  };
}

const later = (one: EndpointHealth['latest'], other: EndpointHealth['latest']) =>
  one !== null && (other === null || one.attemptedAt > other.attemptedAt) ? one : other;

async function countBySubscriber(pool: Pool, accountId: string, subscriptionIds: string[]) {
  const { rows } = await pool.query<EndpointsBySubscriber & { subscriptionId: string }>(
    `select subscription_id as "subscriptionId", (count(*) filter (where status = 'active'))::int as "on",
       (count(*) filter (where status = 'inactive'))::int as off,
       (count(*) filter (where status = 'active' and failing_since is not null))::int as failing
     from endpoints where account_id = $1 and subscription_id = any($2) group by subscription_id`,
    [accountId, subscriptionIds],
  );
  return new Map(rows.map(({ subscriptionId, ...numbers }) => [subscriptionId, numbers]));
}

async function readEndpoints(pool: Pool, accountId: string, subscriptionIds: string[]) {
  const each = Math.max(1, Math.floor(MAX_READ / Math.max(1, subscriptionIds.length)));
  const { rows } = await pool.query<{ id: string; subscriptionId: string }>(
    `select found.id, shown.id as "subscriptionId" from unnest($2::uuid[]) as shown(id) cross join lateral (
       select e.id from endpoints e where e.account_id = $1 and e.subscription_id = shown.id
       order by e.id limit $3
     ) found`,
    [accountId, subscriptionIds, each],
  );
  return rows;
}
