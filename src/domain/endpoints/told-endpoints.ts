import type { Pool, PoolClient } from 'pg';
import type { AlertKind } from '#src/domain/mail/templates.ts';
import { type Alerted, AWAITS, IS_WELL, type Reader, stillHolds } from './alerted-endpoints.ts';
import type { Endpoint } from './endpoint.ts';

/** Kinds after which people wait for word that it is over, with that word. */
const ENDS_WITH: Partial<Record<AlertKind, AlertKind>> = {
  'endpoint-failing': 'endpoint-recovered',
  'endpoint-disabled': 'endpoint-recovered',
  'issue-opened': 'issue-resolved',
};

/** Between two mails that tell the same of one endpoint, so that one that comes and goes is no stream of mails. */
const TOLD_AGAIN_AFTER = `interval '1 hour'`;

/** SQL of the alerts that wait, because people were told the same of the endpoint lately. `$1`: now. */
export const WAITS = `exists (
  select from endpoints_told told where told.account_id = alerts.account_id and told.endpoint_id = alerts.endpoint_id
    and case alerts.kind when 'endpoint-failing' then warned_at when 'issue-opened' then issue_told_at end
      > $1::timestamptz - ${TOLD_AGAIN_AFTER})`;

/** SQL: the reader waits for this end, and it has come. */
const hears = (reader: Reader, kind: string) => `told.${AWAITS[reader]} = ${kind} and ${IS_WELL[reader]}`;

/** SQL: what the reader waits for after a mail. That the endpoint is well again says that its issue is over, too. */
const awaitsNow = (reader: Reader) => `case told.${AWAITS[reader]} when 'endpoint-recovered'
  then told.${AWAITS[reader]} else coalesce(excluded.${AWAITS[reader]}, told.${AWAITS[reader]}) end`;

/**
 * Remembers who was told of which endpoint, so that they hear when it is over; once they heard, they wait no longer.
 * With an alert that was dropped they still do, because they were told nothing.
 */
export async function noteTold(
  client: PoolClient,
  { accountId, kind, endpointIds }: Alerted,
  at: Date,
): Promise<void> {
  if (kind === 'endpoint-recovered' || kind === 'issue-resolved') {
    await client.query(
      `update endpoints_told told set awaits = case when ${hears('provider', '$3')} then null else awaits end,
         subscriber_awaits = case when ${hears('subscriber', '$3')} then null else subscriber_awaits end
       from endpoints
       where told.account_id = $1 and told.endpoint_id = any($2)
         and endpoints.account_id = told.account_id and endpoints.id = told.endpoint_id`,
      [accountId, endpointIds, kind],
    );
  }
  const awaits = ENDS_WITH[kind];
  if (awaits === undefined) return;
  const times = [kind === 'endpoint-failing' ? at : null, kind === 'issue-opened' ? at : null];
  await client.query(
    `insert into endpoints_told as told
       (account_id, endpoint_id, warned_at, issue_told_at, awaits, subscriber_awaits)
     select account_id, id, $3, $4, $5, case when ${stillHolds('subscriber', kind)} then $5 end
     from endpoints where account_id = $1 and id = any($2) and ${stillHolds('provider', kind)}
     on conflict (account_id, endpoint_id) do update
     set warned_at = coalesce(excluded.warned_at, told.warned_at),
       issue_told_at = coalesce(excluded.issue_told_at, told.issue_told_at),
       awaits = ${awaitsNow('provider')}, subscriber_awaits = ${awaitsNow('subscriber')}`,
    [accountId, endpointIds, ...times, awaits],
  );
}

/** Raises an alert of each endpoint whose trouble is over after people were told of it, one at a time. */
export async function raiseRecovered(pool: Pool, at: Date): Promise<void> {
  await pool.query(
    `insert into endpoint_alerts (account_id, endpoint_id, kind, raised_at)
     select told.account_id, told.endpoint_id, ends.kind, $1 from endpoints_told told
     join endpoints on endpoints.account_id = told.account_id and endpoints.id = told.endpoint_id
     cross join (values ('endpoint-recovered'), ('issue-resolved')) as ends (kind)
     where (awaits is not null or subscriber_awaits is not null) and ${isNotRaised('ends.kind')}
       and (${hears('provider', 'ends.kind')} or ${hears('subscriber', 'ends.kind')})
     for update of told skip locked`,
    [at],
  );
}

/** SQL: no alert of the endpoint waits that tells it. */
const isNotRaised = (kind: string) => `not exists (
  select from endpoint_alerts alerts
  where alerts.account_id = endpoints.account_id and alerts.endpoint_id = endpoints.id and alerts.kind = ${kind})`;

/**
 * Raises an alert of each endpoint at which an issue opened, in the transaction that opens it. One that fails or is off
 * has an alert that tells of this.
 */
export const raiseIssues = raiseOpened('raise-issues', `status = 'active' and failing_since is null`);

/**
 * Raises an alert of each endpoint that succeeded and has an issue of which nobody was told, because it opened while
 * the endpoint failed; in the transaction that writes the success.
 */
export const raiseUntold = raiseOpened(
  'raise-untold-issues',
  `has_issues and ${stillHolds('provider', 'issue-opened')} and ${isNotRaised(`'issue-opened'`)}`,
);

/** `name`: of the prepared statement. `where`: SQL, of which of the given endpoints an alert is raised. */
function raiseOpened(name: string, where: string) {
  const text = `
    insert into endpoint_alerts (account_id, endpoint_id, kind, raised_at)
    select distinct endpoints.account_id, endpoints.id, 'issue-opened', $2::timestamptz
    from json_to_recordset($1) as given(account_id uuid, id uuid)
    join endpoints on endpoints.account_id = given.account_id and endpoints.id = given.id
    where ${where}`;
  return async (
    client: PoolClient,
    given: { accountId: string; endpointId: string }[],
    at: Date,
  ): Promise<void> => {
    if (given.length === 0) return;
    const rows = given.map(({ accountId, endpointId }) => ({ account_id: accountId, id: endpointId }));
    await client.query({ name, text, values: [JSON.stringify(rows), at] });
  };
}

/** Raises an alert in the transaction of what it tells. */
export async function raiseAlert(
  client: PoolClient,
  { accountId, id }: Pick<Endpoint, 'accountId' | 'id'>,
  { kind, at }: { kind: AlertKind; at: Date },
): Promise<void> {
  await client.query(
    'insert into endpoint_alerts (account_id, endpoint_id, kind, raised_at) values ($1, $2, $3, $4)',
    [accountId, id, kind, at],
  );
}
