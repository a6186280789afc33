import type { PoolClient } from 'pg';
import { dataTextOf } from '../messages/message.ts';
import type { Arrival, Verdict } from './arrival.ts';

interface Row {
  id: string;
  verdict: Verdict;
}

/** Writes the messages of a flush, and the deliveries that are held. Answers what became of each, in order. */
export async function insertMessages(client: PoolClient, arrivals: Arrival[]): Promise<Verdict[]> {
  const messages = arrivals.map(({ message, revision }) => ({
    account_id: message.accountId,
    app_id: message.appId,
    id: message.id,
    event_type: message.eventType,
    version: message.version,
    event_id: message.eventId,
    override_payload: message.overridePayload,
    subscription_id: message.subscriptionId,
    endpoint_id: message.endpointId,
    endpoint_ids: message.endpointIds,
    deliveries_count: message.deliveriesCount,
    headers: message.headers,
    deliver_at: message.deliverAt,
    data: dataTextOf(message),
    revision,
  }));
  const held = arrivals.flatMap(({ message, held: endpointIds }) =>
    endpointIds.map((endpoint_id) => ({ message_id: message.id, endpoint_id })),
  );
  const { rows } = await client.query<Row>({
    name: 'insert-messages',
    text: INSERT_MESSAGES,
    values: [JSON.stringify(messages), JSON.stringify(held)],
  });
  const verdicts = new Map(rows.map(({ id, verdict }) => [id, verdict]));
  return arrivals.map(({ message }) => verdicts.get(message.id) ?? 'stale');
}

/**
 * `current`: only what was routed by the app's present revision; the rest is routed again.
 * `first`: of equal event_ids, also of concurrent flushes, one wins; in key order, so that two flushes cannot deadlock.
 * Named: it scans no job table, and its plan does not depend on how full the tables are.
 */
const INSERT_MESSAGES = `
  with input as (
    select * from json_to_recordset($1) as x(account_id uuid, app_id uuid, id uuid, event_type text, version text,
      event_id text, override_payload boolean, subscription_id uuid, endpoint_id uuid, endpoint_ids uuid[], deliveries_count integer,
      headers json, deliver_at timestamptz, data text, revision bigint)
  ), current as (
    select input.* from input join apps
    on apps.account_id = input.account_id and apps.id = input.app_id and apps.revision = input.revision
  ), first as (
    insert into message_event_ids (account_id, app_id, event_id, message_id)
    select account_id, app_id, event_id, id from current where event_id is not null order by 1, 2, 3, 4
    on conflict do nothing returning message_id
  ), accepted as (
    insert into messages (account_id, app_id, id, event_type, version, event_id, override_payload, subscription_id,
      endpoint_id, endpoint_ids, deliveries_count, headers, deliver_at, data, routing_revision)
    select account_id, app_id, id, event_type, version, event_id, override_payload, subscription_id,
      endpoint_id, endpoint_ids, deliveries_count, headers, deliver_at, data, revision
    from current where event_id is null or id in (select message_id from first)
    returning account_id, app_id, id
  ), held as (
    insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
    select account_id, app_id, message_id, x.endpoint_id, 'held', 0
    from json_to_recordset($2) as x(message_id uuid, endpoint_id uuid) join accepted on accepted.id = message_id
  )
  select input.id, case when accepted.id is not null then 'accepted'
    when current.id is not null then 'duplicate' else 'stale' end as verdict
  from input left join current on current.id = input.id left join accepted on accepted.id = input.id`;
