import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';

/** A message may have so many bytes wherever it comes from: alone, in a batch, in an import. */
export const MAX_MESSAGE_BYTES = FIXED_LIMITS.batchMessageBytes.max;

/** A message as its provider wrote it. The time of its creation is in its id. */
export interface Message {
  id: string;
  accountId: string;
  appId: string;
  eventType: string;
  version: string;
  eventId: string | null;
  overridePayload: boolean;
  /** Set when the message was posted to one subscriber, or (with `endpointId`) to one endpoint of a subscriber. */
  subscriptionId: string | null;
  endpointId: string | null;
  /** The endpoints that the message goes to, as routed when it was accepted. */
  endpointIds: string[];
  /** How many deliveries the message has: one for each of `endpointIds`, and the held ones. */
  deliveriesCount: number;
  /** The provider's extra headers of the webhook. */
  headers: Record<string, string> | null;
  /** Which endpoints it goes to, of those that have channels; `null`: all. */
  channels: string[] | null;
  deliverAt: Date | null;
  /** At endpoints that keep an order it comes after the others with this key. */
  orderingKey?: string | null;
  /** At endpoints that coalesce it replaces the one with this key that waits. */
  coalesceKey?: string | null;
  /** `null`: JSON. Otherwise `data` is passed on as it came, under this type. */
  contentType: string | null;
  /** What the provider wrote, byte for byte: text, or bytes that cannot be text. */
  data: string | Buffer;
}

/** A message in a list, which tells how many its endpoints are: the ids of 1,500 are 55 KB. */
export type ListedMessage = Omit<Message, 'endpointIds'>;

type Stored<M extends ListedMessage> = Omit<M, 'data'> & { dataText: string; dataBytes: Buffer | null };
/** A row of `messages`. */
export type StoredMessage = Stored<Message>;
export type StoredListedMessage = Stored<ListedMessage>;

export const LISTED_COLUMNS = `account_id as "accountId", app_id as "appId", id, event_type as "eventType", version,
  event_id as "eventId", override_payload as "overridePayload", subscription_id as "subscriptionId",
  endpoint_id as "endpointId", deliveries_count as "deliveriesCount", headers, channels,
  deliver_at as "deliverAt", ordering_key as "orderingKey", coalesce_key as "coalesceKey", data as "dataText", content_type as "contentType",
  data_bytes as "dataBytes"`;

export const MESSAGE_COLUMNS = `${LISTED_COLUMNS}, endpoint_ids as "endpointIds"`;

/** SQL: the size of a payload; PostgreSQL knows it without reading the payload. */
export const PAYLOAD_BYTES = '(octet_length(data) + coalesce(octet_length(data_bytes), 0))';

export function messageOf<Row extends StoredListedMessage>({ dataText, dataBytes, ...fields }: Row) {
  return { ...fields, data: dataBytes ?? dataText };
}

export function messageCreatedAt(message: { id: string }): Date {
  return new Date(timeOfId(message.id));
}

/**
 * The body of the webhook: the envelope `{type, version, created, data}` around the data, or the data alone with
 * `overridePayload`. Always the same bytes for the same message, so it is made when it is sent or shown.
 */
export function webhookBody(
  message: Pick<Message, 'id' | 'eventType' | 'version' | 'overridePayload' | 'data'>,
): string | Buffer {
  const { data, overridePayload } = message;
  if (overridePayload || typeof data !== 'string') return data;
  const type = JSON.stringify(message.eventType);
  const version = JSON.stringify(message.version);
  const created = messageCreatedAt(message).toISOString();
  return `{"type":${type},"version":${version},"created":"${created}","data":${data}}`;
}
