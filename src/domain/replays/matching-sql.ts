import { idRange } from '#src/infra/database/id-range.ts';
import { matchesSql } from '#src/domain/deliveries/match-sql.ts';
import type { AppReplayFilter } from './replay.ts';

/** The values of `$1` to `$10` of the SQL below; `$11` is how many deliveries are looked at. */
export function valuesOf(app: { accountId: string; id: string }, filter: AppReplayFilter): unknown[] {
  const [from, to] = idRange(filter, { limit: 0, offset: 0 });
  return [
    app.accountId,
    app.id,
    filter.states,
    from,
    to,
    filter.reason ?? null,
    filter.endpointId ?? null,
    filter.subscriptionId ?? null,
    filter.eventType ?? null,
    filter.statusCode ?? null,
  ];
}

/** SQL condition on an endpoint: what is asked for may be at it. */
export const IS_ASKED = `endpoints.account_id = $1 and endpoints.app_id = $2
  and ($7::uuid is null or endpoints.id = $7) and ($8::uuid is null or endpoints.subscription_id = $8)`;

/** SQL condition on a delivery of such an endpoint, by what its row says. */
export const OF_ENDPOINT = `deliveries.account_id = $1 and deliveries.endpoint_id = endpoints.id and state = any($3)
  and message_id >= $4 and message_id < $5 and ($6::text is null or reason = $6)`;

/** SQL: the deliveries that are looked at, at the endpoints for which the condition holds, too. */
export const lookedSql = (condition = 'true') => `
  select endpoints.id as endpoint_id, message_id from endpoints cross join lateral (
    select message_id from deliveries where ${OF_ENDPOINT} limit $11 offset 0
  ) of_endpoint where ${IS_ASKED} and ${condition} limit $11`;

/** SQL condition on a row of {@link lookedSql}, named `looked`: its message and its last attempt are as asked for. */
export const IS_MATCH = matchesSql({
  accountId: '$1',
  appId: '$2',
  messageId: 'looked.message_id',
  endpointId: 'looked.endpoint_id',
  eventType: '$9',
  statusCode: '$10',
});
