import type { Pool } from 'pg';
import type { Message } from '#src/domain/messages/message.ts';
import { consider, type Considered, type Routable } from './route.ts';

/** An endpoint as routing saw it once. Its URL is the one of today; null when it was deleted since. */
export interface PastEndpoint extends Routable {
  url: string | null;
}

/** Why messages went where they went, from what they were routed by. */
export class Explanations {
  readonly #pool: Pool;

  constructor({ pool }: { pool: Pool }) {
    this.#pool = pool;
  }

  /** Every endpoint that the message was addressed to, and why it was passed over; null when it was not. */
  async explain(message: Message): Promise<Considered<PastEndpoint>[]> {
    const endpoints = await this.#endpointsAtRouting(message);
    const considered = consider({ endpoints }, { ...message, target: message });
    if (!(await this.#wasTest(message))) return considered;
    return considered.map(({ endpoint }) => ({ endpoint, reason: null }));
  }

  async #endpointsAtRouting(message: Message): Promise<Map<string, PastEndpoint>> {
    const { accountId, appId, id, subscriptionId, endpointId } = message;
    const { rows } = await this.#pool.query<PastRow>(ENDPOINTS_AT_ROUTING, [
      accountId,
      appId,
      id,
      subscriptionId,
      endpointId,
    ]);
    return new Map(
      rows.map(({ eventTypes, ...row }) => [
        row.id,
        { ...row, eventTypes: eventTypes === null ? null : new Set(eventTypes) },
      ]),
    );
  }

  /** Tests are sent past routing, also to an endpoint that is off. Only an attempt says that it was one. */
  async #wasTest({ accountId, id, endpointId, deliveriesCount }: Message): Promise<boolean> {
    if (endpointId === null || deliveriesCount > 0) return false;
    const { rowCount } = await this.#pool.query(
      `select from attempts where account_id = $1 and message_id = $2 and trigger = 'test' limit 1`,
      [accountId, id],
    );
    return rowCount === 1;
  }
}

interface PastRow extends Omit<PastEndpoint, 'eventTypes'> {
  eventTypes: string[] | null;
}

/**
 * Of each endpoint the newest row up to the message's revision, of the whole app, one subscription or one endpoint: steps
 * through the primary key from endpoint to endpoint, and looks once for each, however often they changed.
 */
const ENDPOINTS_AT_ROUTING = `
  with recursive known as (
    (select subscription_id, endpoint_id from endpoint_revisions
     where account_id = $1 and app_id = $2 and ($4::uuid is null or subscription_id = $4)
     order by subscription_id, endpoint_id limit 1)
    union all
    select next.* from known cross join lateral (
      select subscription_id, endpoint_id from endpoint_revisions
      where account_id = $1 and app_id = $2 and ($4::uuid is null or subscription_id = $4)
        and (subscription_id, endpoint_id) > (known.subscription_id, known.endpoint_id)
      order by subscription_id, endpoint_id limit 1
    ) next
  )
  select past.endpoint_id as id, past.subscription_id as "subscriptionId", past.version, past.status,
    past.inactive_reason as "inactiveReason", past.event_types as "eventTypes", endpoints.url
  from known cross join lateral (
    select * from endpoint_revisions
    where account_id = $1 and app_id = $2
      and subscription_id = known.subscription_id and endpoint_id = known.endpoint_id
      and revision <= (select routing_revision from messages where account_id = $1 and app_id = $2 and id = $3)
    order by revision desc limit 1
  ) past
  left join endpoints on endpoints.account_id = $1 and endpoints.id = past.endpoint_id
  where past.status <> 'deleted' and ($5::uuid is null or known.endpoint_id = $5)`;
