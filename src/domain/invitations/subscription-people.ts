import type { Pool, PoolClient } from 'pg';

interface SubscriptionKey {
  accountId: string;
  appId: string;
  subscriptionId: string;
}

type Database = Pick<Pool | PoolClient, 'query'>;

/** A subscription as a person who looks after it sees it. */
export interface OwnSubscription extends SubscriptionKey {
  /** The provider's app. */
  appName: string;
  subscriberName: string;
  portalEpoch: number;
  endpoints: number;
  /** Of them turned off. */
  endpointsOff: number;
}

const MAX_SUBSCRIPTIONS = 200;

/** What the person looks after, by the names of the providers. At most 200. */
export async function subscriptionsOfPerson(
  database: Database,
  personId: string,
): Promise<OwnSubscription[]> {
  const { rows } = await database.query<OwnSubscription>(
    `${SELECT} where person_id = $1 order by apps.name, subscriptions.name, subscriptions.id limit $2`,
    [personId, MAX_SUBSCRIPTIONS],
  );
  return rows;
}

/** One of them; null when the person does not look after it. */
export async function subscriptionOfPerson(
  database: Database,
  personId: string,
  subscriptionId: string,
): Promise<OwnSubscription | null> {
  const { rows } = await database.query<OwnSubscription>(
    `${SELECT} where person_id = $1 and subscription_id = $2`,
    [personId, subscriptionId],
  );
  return rows[0] ?? null;
}

const SELECT = `
  select subscriptions.account_id as "accountId", subscriptions.app_id as "appId",
    subscriptions.id as "subscriptionId", apps.name as "appName", subscriptions.name as "subscriberName",
    portal_epoch as "portalEpoch", counted.endpoints, counted.off as "endpointsOff"
  from subscription_people
  join subscriptions on subscriptions.account_id = subscription_people.account_id
    and subscriptions.id = subscription_people.subscription_id
  join apps on apps.account_id = subscriptions.account_id and apps.id = subscriptions.app_id
  cross join lateral (
    select count(*)::int as endpoints, count(*) filter (where status = 'inactive')::int as off
    from endpoints
    where endpoints.account_id = subscriptions.account_id and endpoints.subscription_id = subscriptions.id
  ) counted`;

export async function addPersonToSubscription(
  client: PoolClient,
  { accountId, appId, subscriptionId }: SubscriptionKey,
  { personId, now }: { personId: string; now: Date },
): Promise<void> {
  await client.query(
    `insert into subscription_people (account_id, app_id, subscription_id, person_id, created_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [accountId, appId, subscriptionId, personId, now],
  );
}

export async function removePersonFromSubscription(
  client: PoolClient,
  { accountId, subscriptionId }: Pick<SubscriptionKey, 'accountId' | 'subscriptionId'>,
  personId: string,
): Promise<void> {
  await client.query(
    'delete from subscription_people where account_id = $1 and subscription_id = $2 and person_id = $3',
    [accountId, subscriptionId, personId],
  );
}
