/**
 * SQL: whether the message has a delivery to one of `endpoints`, which is SQL of an array: it was sent to it, or held
 * or ignored for it, also if it was replayed since. Only what the message does not list has a row of its own, so most
 * messages are told without a look at the deliveries; `offset 0` keeps each look one step into their index.
 *
 * Of a query on `messages` whose `$1` is the account.
 */
export const reachesOneOf = (endpoints: string) => `(endpoint_ids && ${endpoints}
     or (greatest(deliveries_count, routed_count) > cardinality(endpoint_ids)
     and exists (select from deliveries where deliveries.account_id = $1 and deliveries.message_id = messages.id
       and deliveries.endpoint_id = any(${endpoints}) offset 0)))`;
