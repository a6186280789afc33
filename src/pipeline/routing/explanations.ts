import type { Pool } from 'pg';
import type { Message } from '#src/domain/messages/message.ts';
import { consider, type Considered, type Routable } from './route.ts';

/** An endpoint as routing saw it. The URL is the current one; `null` when the endpoint was deleted. */
export interface PastEndpoint extends Routable {
  url: string | null;
}

/** Explains where messages went, by the endpoints as they were at the messages' routing revisions. */
export class Explanations {
  readonly #pool: Pool;

  constructor({ pool }: { pool: Pool }) {
    this.#pool = pool;
  }

  /** Every endpoint that the message was addressed to, with the reason why it was skipped; `null` when it was not. */
  async explain(message: Message): Promise<Considered<PastEndpoint>[]> {
    const endpoints = await this.#endpointsAtRouting(message);
    const considered = consider({ endpoints }, { ...message, target: message });
    if (!(await this.#isSample(message))) return considered;
    return considered.map(({ endpoint }) => ({ endpoint, reason: null }));
  }

  async #endpointsAtRouting(message: Message): Promise<Map<string, PastEndpoint>> {
    const { accountId, appId, subscriptionId, endpointId } = message;
    const { rows } = await this.#pool.query<PastRow>(ENDPOINTS_AT_REVISION, [
      accountId,
      appId,
      await this.#routingRevision(message),
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

  /** A decimal number; undefined when the message was deleted meanwhile, which then went nowhere. */
  async #routingRevision({ accountId, appId, id }: Message): Promise<string | undefined> {
    const { rows } = await this.#pool.query<{ revision: string }>(
      'select routing_revision as revision from messages where account_id = $1 and app_id = $2 and id = $3',
      [accountId, appId, id],
    );
    return rows[0]?.revision;
  }

  /**
   * Whether the message is a sample, which is sent without routing, also to an endpoint that is off. Its attempt says
   * so.
   */
  async #isSample({ accountId, id, endpointId, deliveriesCount }: Message): Promise<boolean> {
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
 * Of each endpoint the newest row up to a revision: of the whole app, one subscription or one endpoint. A
 * loose index scan steps through the primary key from endpoint to endpoint, however often each has changed.
 */
const ENDPOINTS_AT_REVISION = `
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
    past.inactive_reason as "inactiveReason", past.event_types as "eventTypes",
    past.channels, endpoints.url
  from known cross join lateral (
    select * from endpoint_revisions
    where account_id = $1 and app_id = $2
      and subscription_id = known.subscription_id and endpoint_id = known.endpoint_id
      and revision <= $3
    order by revision desc limit 1
  ) past
  left join endpoints on endpoints.account_id = $1 and endpoints.id = past.endpoint_id
  where past.status <> 'deleted' and ($5::uuid is null or known.endpoint_id = $5)`;
