import type { PoolClient } from 'pg';
import type { MailKind } from '#src/domain/mail/mail-kinds.ts';
import { mutes } from '#src/domain/mail/muted-mails.ts';
import { type Alerted, stillHolds } from './alerted-endpoints.ts';

/** A subscriber with endpoints whose alert still holds, and the addresses that want to know. */
export interface AlertedSubscriber {
  id: string;
  accountId: string;
  portalEpoch: number;
  name: string;
  provider: string;
  isWhiteLabel: boolean;
  /** Endpoints whose alert still holds. */
  count: number;
  emails: string[];
}

export async function selectAlertedSubscribers(
  client: PoolClient,
  { accountId, kind, reader, endpointIds, mailKind }: Alerted & { mailKind: MailKind },
): Promise<AlertedSubscriber[]> {
  const { rows } = await client.query<AlertedSubscriber>(
    `select subscriptions.id, subscriptions.account_id as "accountId", portal_epoch as "portalEpoch",
       subscriptions.name, apps.name as provider, header_prefix is not null as "isWhiteLabel", count, emails
     from (
       select subscription_id, count(*)::int as count from endpoints
       where account_id = $1 and id = any($2) and ${stillHolds(reader, kind)} group by subscription_id
     ) alerted
     join subscriptions on subscriptions.account_id = $1 and subscriptions.id = subscription_id
     join apps on apps.id = subscriptions.app_id
     cross join lateral (
       select array_agg(email) as emails from (${ADDRESSES}) addresses
       where not exists (
         select from muted_mails where muted_mails.account_id = $1 and muted_mails.subscription_id = subscriptions.id
           and muted_mails.email = addresses.email and ${mutes('$3')})
     ) reached
     where emails is not null order by subscriptions.id`,
    [accountId, endpointIds, mailKind],
  );
  return rows;
}

/** SQL: the addresses of a subscription, in lower case. */
const ADDRESSES = `
  select lower(subscriptions.email) as email where subscriptions.email is not null
  union
  select lower(people.email) from subscription_people joined join people on people.id = joined.person_id
  where joined.account_id = subscriptions.account_id and joined.subscription_id = subscriptions.id`;

/** Endpoints that a mail to a subscriber lists. */
const MAX_NAMED = 10;

export interface AlertedOfSubscriber {
  id: string;
  url: string;
  reason: 'attempts_exhausted' | 'gone' | null;
  since: Date | null;
}

export async function selectSubscriberEndpoints(
  client: PoolClient,
  { accountId, kind, reader, endpointIds }: Alerted,
  { id }: AlertedSubscriber,
): Promise<AlertedOfSubscriber[]> {
  const { rows } = await client.query<AlertedOfSubscriber>(
    `select id, url, inactive_reason as reason, coalesce(inactive_since, failing_since) as since from endpoints
     where account_id = $1 and subscription_id = $2 and id = any($3) and ${stillHolds(reader, kind)} order by id limit $4`,
    [accountId, id, endpointIds, MAX_NAMED],
  );
  return rows;
}
