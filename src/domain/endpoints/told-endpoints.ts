import type { Pool, PoolClient } from 'pg';
import type { AlertKind } from '#src/domain/mail/templates.ts';
import { type Alerted, IS_WELL, type Reader, stillHolds } from './alerted-endpoints.ts';
import type { Endpoint } from './endpoint.ts';

/** Kinds after which people wait for word that it is over, with that word. */
const ENDS_WITH: Partial<Record<AlertKind, AlertKind>> = {
  'endpoint-failing': 'endpoint-recovered',
  'endpoint-disabled': 'endpoint-recovered',
  'issue-opened': 'issue-resolved',
};

/** Between two mails that tell the same of one endpoint, so that one that comes and goes is no stream of mails. */
const TOLD_AGAIN_AFTER = `interval '1 hour'`;

/** SQL: both readers. */
export const READERS = `(values ('provider'), ('subscriber')) as readers (reader)`;

/** SQL: what holds for the reader that the column names. */
const ofReader = (column: string, holds: (reader: Reader) => string) =>
  `case ${column} when 'provider' then ${holds('provider')} else ${holds('subscriber')} end`;

/** SQL of the alerts that wait, because the reader was told the same of the endpoint lately. `$1`: now. */
export const WAITS = `exists (
  select from endpoints_told told where told.account_id = alerts.account_id and told.endpoint_id = alerts.endpoint_id
    and told.reader = alerts.reader
    and case alerts.kind when 'endpoint-failing' then warned_at when 'issue-opened' then issue_told_at end
      > $1::timestamptz - ${TOLD_AGAIN_AFTER})`;

/**
 * Remembers who was told of which endpoint, so that they hear when it is over; once they heard, they wait no longer.
 * With an alert that was dropped they still do, because they were told nothing. That the endpoint is well again says
 * that its issue is over, too.
 */
export async function noteTold(
  client: PoolClient,
  { accountId, kind, reader, endpointIds }: Alerted,
  at: Date,
): Promise<void> {
  if (kind === 'endpoint-recovered' || kind === 'issue-resolved') {
    await client.query(
      `update endpoints_told told set awaits = null from endpoints
       where told.account_id = $1 and told.endpoint_id = any($2) and told.reader = $3 and awaits = $4
         and endpoints.account_id = told.account_id and endpoints.id = told.endpoint_id and ${IS_WELL[reader]}`,
      [accountId, endpointIds, reader, kind],
    );
  }
  const awaits = ENDS_WITH[kind];
  if (awaits === undefined) return;
  const times = [kind === 'endpoint-failing' ? at : null, kind === 'issue-opened' ? at : null];
  await client.query(
    `insert into endpoints_told as told (account_id, endpoint_id, reader, warned_at, issue_told_at, awaits)
     select account_id, id, $3, $4, $5, $6
     from endpoints where account_id = $1 and id = any($2) and ${stillHolds(reader, kind)}
     on conflict (account_id, endpoint_id, reader) do update
     set warned_at = coalesce(excluded.warned_at, told.warned_at),
       issue_told_at = coalesce(excluded.issue_told_at, told.issue_told_at),
       awaits = case told.awaits when 'endpoint-recovered' then told.awaits else excluded.awaits end`,
    [accountId, endpointIds, reader, ...times, awaits],
  );
}

/** Raises an alert for each reader who was told of trouble at an endpoint and for whom it is over, one at a time. */
export async function raiseRecovered(pool: Pool, at: Date): Promise<void> {
  await pool.query(
    `insert into endpoint_alerts (account_id, endpoint_id, reader, kind, raised_at)
     select told.account_id, told.endpoint_id, told.reader, awaits, $1 from endpoints_told told
     join endpoints on endpoints.account_id = told.account_id and endpoints.id = told.endpoint_id
     where awaits is not null and ${isNotRaised('told.reader', 'awaits')}
       and ${ofReader('told.reader', (reader) => IS_WELL[reader])}
     for update of told skip locked`,
    [at],
  );
}

/** SQL: no alert of the endpoint waits that tells it to the reader. */
function isNotRaised(reader: string, kind: string): string {
  return `not exists (
  select from endpoint_alerts alerts
  where alerts.account_id = endpoints.account_id and alerts.endpoint_id = endpoints.id
    and alerts.reader = ${reader} and alerts.kind = ${kind})`;
}

/**
 * Raises alerts of endpoints with an open issue, for each reader who was not told of it: because it just opened, in the
 * transaction that opens it; or because it opened while the endpoint failed, in the transaction that writes a success.
 * One that fails or is off has an alert that tells of this.
 */
export async function raiseIssues(
  client: PoolClient,
  given: { accountId: string; endpointId: string }[],
  at: Date,
): Promise<void> {
  if (given.length === 0) return;
  const rows = given.map(({ accountId, endpointId }) => ({ account_id: accountId, id: endpointId }));
  await client.query({ name: 'raise-issues', text: RAISE_ISSUES, values: [JSON.stringify(rows), at] });
}

const RAISE_ISSUES = `
  insert into endpoint_alerts (account_id, endpoint_id, reader, kind, raised_at)
  select distinct endpoints.account_id, endpoints.id, reader, 'issue-opened', $2::timestamptz
  from json_to_recordset($1) as given(account_id uuid, id uuid)
  join endpoints on endpoints.account_id = given.account_id and endpoints.id = given.id
  cross join ${READERS}
  where has_issues and ${isNotRaised('readers.reader', `'issue-opened'`)}
    and ${ofReader('reader', (reader) => stillHolds(reader, 'issue-opened'))}`;

/** Raises an alert for both readers, in the transaction of what it tells. */
export async function raiseAlert(
  client: PoolClient,
  { accountId, id }: Pick<Endpoint, 'accountId' | 'id'>,
  { kind, at }: { kind: AlertKind; at: Date },
): Promise<void> {
  await client.query(
    `insert into endpoint_alerts (account_id, endpoint_id, reader, kind, raised_at)
     select $1, $2, reader, $3, $4 from ${READERS}`,
    [accountId, id, kind, at],
  );
}
