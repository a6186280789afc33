/**
 * Writes `held` deliveries of messages that were just inserted, as a part of that statement.
 *
 * @param accepted a CTE of the messages that were inserted: `account_id`, `app_id`, `id`
 * @param held a placeholder of JSON, `[{message_id, endpoint_id}]`
 */
export const holdAtAccept = ({ accepted, held }: { accepted: string; held: string }) => `
    insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
    select account_id, app_id, message_id, x.endpoint_id, 'held', 0
    from json_to_recordset(${held}) as x(message_id uuid, endpoint_id uuid)
    join ${accepted} on ${accepted}.id = message_id`;
