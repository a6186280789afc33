import type { PoolClient } from 'pg';
import { countBacklog, MAX_COUNTED } from '#src/domain/deliveries/count-backlog.ts';
import { PROVIDERS } from '#src/domain/announcements/providers-app.ts';
import { adviceTo } from '#src/domain/issues/advice.ts';
import { causesOfEndpoints } from '#src/domain/issues/causes-of-endpoints.ts';
import type { MailKind } from '#src/domain/mail/mail-kinds.ts';
import type { AlertedEndpoint, AlertKind } from '#src/domain/mail/templates.ts';

export const MAIL_KIND: Record<AlertKind, MailKind> = {
  'endpoint-failing': 'endpoint_warned',
  'endpoint-disabled': 'endpoint_disabled',
  'endpoint-recovered': 'endpoint_recovered',
  'issue-opened': 'issue_opened',
  'issue-resolved': 'issue_resolved',
  'secret-rotated': 'secret_rotated',
};

/** What is told with its cause. */
const TELLS_WHY: AlertKind[] = ['endpoint-failing', 'endpoint-disabled', 'issue-opened'];

/** Who is told, and waits for each by itself: the account's team and its channels, or the subscriber. */
export type Reader = 'provider' | 'subscriber';

export interface Alerted {
  accountId: string;
  kind: AlertKind;
  reader: Reader;
  endpointIds: string[];
}

/** Endpoints that one mail lists, so that it stays short. */
const MAX_NAMED = 20;

/** SQL: the issue is the reader's concern: the provider mends a transformation. */
const CONCERNS: Record<Reader, string> = {
  provider: 'true',
  subscriber: `issues.cause <> 'transformation_failed'`,
};

const IS_ON = `endpoints.status = 'active' and failing_since is null`;

/**
 * SQL: an endpoint is on, not failing, and no issue that is the reader's concern waits for a success. One that a person
 * resolved still does.
 */
export const IS_WELL: Record<Reader, string> = {
  provider: `${IS_ON} and not has_issues`,
  subscriber: `${IS_ON} and (not has_issues or not exists (
    select from issues where issues.account_id = endpoints.account_id and issues.endpoint_id = endpoints.id
      and resolved_by is distinct from 'auto' and not succeeded_since and ${CONCERNS.subscriber}))`,
};

/** SQL: the trouble of which the reader was told is over. */
const isOver = (reader: Reader, kind: AlertKind) => `${IS_WELL[reader]} and exists (
  select from endpoints_told told where told.account_id = endpoints.account_id and told.endpoint_id = endpoints.id
    and told.reader = '${reader}' and awaits = '${kind}')`;

/** SQL: the issue opened since the reader was last told of one of the endpoint. */
const isUntold = (reader: Reader) => `not exists (
  select from endpoints_told told where told.account_id = issues.account_id and told.endpoint_id = issues.endpoint_id
    and told.reader = '${reader}' and issue_told_at >= opened_at)`;

/** SQL: an alert tells the reader of the issue. */
const tellsOf = (reader: Reader, kind: AlertKind) =>
  kind === 'issue-opened'
    ? `issues.status = 'open' and ${CONCERNS[reader]} and ${isUntold(reader)}`
    : CONCERNS[reader];

/**
 * SQL: an endpoint has an open issue of which the reader was not told, and is on and not failing, so that no mail about
 * the endpoint tells of it.
 */
const hasOpenIssue = (reader: Reader) => `${IS_ON}
  and exists (select from issues where issues.account_id = endpoints.account_id
    and issues.endpoint_id = endpoints.id and ${tellsOf(reader, 'issue-opened')})`;

/**
 * SQL: the alert still holds for the reader. Endpoints that recovered, or that a person turned on or off, are left out.
 * One that a person turned on is well again with its next success, which ends its issues.
 */
export function stillHolds(reader: Reader, kind: AlertKind): string {
  switch (kind) {
    case 'endpoint-failing':
      return `status = 'active' and failing_since is not null`;
    case 'endpoint-disabled':
      return 'inactive_reason is not null';
    case 'issue-opened':
      return hasOpenIssue(reader);
    case 'endpoint-recovered':
    case 'issue-resolved':
      return isOver(reader, kind);
    case 'secret-rotated':
      return 'true';
  }
}

/** Whom a mail to a team goes to, and of which of the endpoints it tells. */
export interface Team {
  accountId: string;
  alerted: Alerted;
}

/** The team of the account; of endpoints of our own app, the teams of the accounts whose they are. */
export async function teamsOf(client: PoolClient, alerted: Alerted): Promise<Team[]> {
  if (alerted.accountId !== PROVIDERS.accountId) return [{ accountId: alerted.accountId, alerted }];
  const { rows } = await client.query<{ accountId: string; endpointIds: string[] }>(
    `select subscriptions.uid as "accountId", array_agg(endpoints.id) as "endpointIds"
     from endpoints join subscriptions on subscriptions.id = subscription_id
     where endpoints.account_id = $1 and endpoints.id = any($2) and subscriptions.uid is not null
     group by subscriptions.uid order by 1`,
    [alerted.accountId, alerted.endpointIds],
  );
  return rows.map(({ accountId, endpointIds }) => ({ accountId, alerted: { ...alerted, endpointIds } }));
}

/** The number of endpoints whose alert still holds for the reader. */
export async function countAlerted(
  client: PoolClient,
  { accountId, kind, reader, endpointIds }: Alerted,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from endpoints where account_id = $1 and id = any($2) and ${stillHolds(reader, kind)}`,
    [accountId, endpointIds],
  );
  return rows[0]?.count ?? 0;
}

/** What to do about each endpoint, by its id, in words for the reader; empty for a kind that is told without it. */
export async function adviceOn(
  client: PoolClient,
  { accountId, kind, reader, endpointIds }: Alerted,
): Promise<Map<string, string>> {
  const ids = TELLS_WHY.includes(kind) ? endpointIds : [];
  const causes = await causesOfEndpoints(client, accountId, {
    endpointIds: ids,
    among: tellsOf(reader, kind),
  });
  return new Map([...causes].map(([id, cause]) => [id, adviceTo(reader, cause)]));
}

/** Where a person acts on it: a path of the app, without the endpoint's id. */
export const pageOf = (kind: AlertKind) => (kind === 'issue-opened' ? '/issues?endpoint=' : '/endpoints/');

/** The first {@link MAX_NAMED} endpoints whose alert still holds, with the fields that the mail shows. */
export async function firstAlerted(
  client: PoolClient,
  alerted: Alerted,
  baseUrl: string,
): Promise<AlertedEndpoint[]> {
  const { accountId, kind, reader, endpointIds } = alerted;
  const { rows } = await client.query<AlertedRow>(
    `select endpoints.id, url, case endpoints.account_id when $5 then 'your account' else subscriptions.name end as "subscriberName", apps.name as "appName", inactive_reason as reason,
       coalesce(inactive_since, failing_since) as since,
       $3 || case endpoints.account_id when $5 then '/settings/webhooks/'
         else '/apps/' || endpoints.app_id || $6 end || endpoints.id as "pageUrl"
     from (select * from endpoints where account_id = $1 and id = any($2) and ${stillHolds(reader, kind)} order by id limit $4) endpoints
     join apps on apps.id = endpoints.app_id
     join subscriptions on subscriptions.id = subscription_id
     order by endpoints.id`,
    [accountId, endpointIds, baseUrl, MAX_NAMED, PROVIDERS.accountId, pageOf(kind)],
  );
  const advice = await adviceOn(client, { ...alerted, endpointIds: rows.map(({ id }) => id) });
  const named: AlertedEndpoint[] = [];
  for (const { id, ...endpoint } of rows) {
    const { failed, held, scheduled } = await countBacklog(client, { accountId, id }, { upTo: MAX_COUNTED });
    const missed = failed + held;
    named.push({ ...endpoint, missed, waiting: scheduled, advice: advice.get(id) ?? null });
  }
  return named;
}

type AlertedRow = Omit<AlertedEndpoint, 'advice' | 'missed' | 'waiting'> & { id: string };
