/**
 * Moves the newest delivery that each endpoint missed to `scheduled`, as a part of the prober's statement: two CTEs, of
 * which `taken` returns the rows as they are now and `missed_as`, the state that each had. The newest is one step in
 * the index `deliveries_missed`, and the likeliest to be understood by the endpoint.
 *
 * @param endpoints a CTE of endpoints: `account_id`, `id`
 * @param dueAt a placeholder of the time of the probe
 */
export const takeForProbe = ({ endpoints, dueAt }: { endpoints: string; dueAt: string }) => `
    newest as (
      select missed.* from ${endpoints} cross join lateral (
        select account_id, message_id, endpoint_id, state from deliveries
        where account_id = ${endpoints}.account_id and endpoint_id = ${endpoints}.id and state in ('failed', 'held')
        order by message_id desc limit 1 for update skip locked
      ) missed
    ), taken as (
      update deliveries set state = 'scheduled', next_attempt_at = ${dueAt}
      from newest
      where deliveries.account_id = newest.account_id and deliveries.message_id = newest.message_id
        and deliveries.endpoint_id = newest.endpoint_id
      returning deliveries.*, newest.state as missed_as
    )`;
