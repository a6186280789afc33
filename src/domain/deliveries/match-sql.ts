interface Matched {
  accountId: string;
  appId: string;
  messageId: string;
  endpointId: string;
  /** Placeholders; the value null lets everything through. */
  eventType: string;
  statusCode: string;
}

/**
 * SQL condition on a delivery: the type of its message, and the answer to its last attempt, where 0 is none. One step
 * into an index each; `offset 0` keeps it so.
 */
export const matchesSql = ({ accountId, appId, messageId, endpointId, eventType, statusCode }: Matched) => `
  (${eventType}::text is null or exists (select from messages where messages.account_id = ${accountId}
    and messages.app_id = ${appId} and messages.id = ${messageId} and messages.event_type = ${eventType} offset 0))
  and (${statusCode}::int is null or ${statusCode} = (select coalesce(status_code, 0) from attempts
    where attempts.account_id = ${accountId} and attempts.message_id = ${messageId}
      and attempts.endpoint_id = ${endpointId} order by attempts.id desc limit 1 offset 0))`;
