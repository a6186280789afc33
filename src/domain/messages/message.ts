import { timeOfId } from '#src/infra/lib/ids.ts';

/** A message as it is stored. When it was created is in its id. */
export interface Message {
  id: string;
  accountId: string;
  appId: string;
  eventType: string;
  version: string;
  eventId: string | null;
  overridePayload: boolean;
  /** Set when it was posted to one subscriber, or (with `endpointId`) to one endpoint of theirs. */
  subscriptionId: string | null;
  endpointId: string | null;
  /** The endpoints that it goes to, as routed when it was accepted. */
  endpointIds: string[];
  /** Those, and the ones that it is held for. */
  deliveriesCount: number;
  /** Extra headers of the webhook. */
  headers: Record<string, string> | null;
  deliverAt: Date | null;
  /** Null: JSON. Otherwise it is passed on as it came, whatever it is. */
  contentType: string | null;
  /** The webhook's body: the envelope, or with `overridePayload` the data alone. Bytes when it can be no text. */
  body: string | Buffer;
}

/** A message as it is stored: its body is made of the rest. */
export type StoredMessage = Omit<Message, 'body'> & { dataText: string; dataBytes: Buffer | null };

export const MESSAGE_COLUMNS = `account_id as "accountId", app_id as "appId", id, event_type as "eventType", version,
  event_id as "eventId", override_payload as "overridePayload", subscription_id as "subscriptionId",
  endpoint_id as "endpointId", endpoint_ids as "endpointIds", deliveries_count as "deliveriesCount", headers, deliver_at as "deliverAt",
  data as "dataText", content_type as "contentType", data_bytes as "dataBytes"`;

export function messageOf({ dataText, dataBytes, ...fields }: StoredMessage): Message {
  return { ...fields, body: dataBytes ?? bodyOf(fields, dataText) };
}

export function messageCreatedAt(message: { id: string }): Date {
  return new Date(timeOfId(message.id));
}

type EnvelopeFields = Pick<Message, 'id' | 'eventType' | 'version' | 'overridePayload'>;

/** The webhook's body around `dataText`, which is passed on byte for byte (contract section 5). */
export function bodyOf(message: EnvelopeFields, dataText: string): string {
  return message.overridePayload ? dataText : `${envelopeStart(message)}${dataText}}`;
}

/** The data as the provider wrote it, cut out of the body. No string of the envelope can hold what stands before it. */
export function dataOf(message: Pick<Message, 'body' | 'overridePayload'>): string | Buffer {
  const { body, overridePayload } = message;
  if (overridePayload || typeof body !== 'string') return body;
  return body.slice(body.indexOf(BEFORE_DATA) + BEFORE_DATA.length, -1);
}

const BEFORE_DATA = ',"data":';

function envelopeStart(message: EnvelopeFields): string {
  const type = JSON.stringify(message.eventType);
  const version = JSON.stringify(message.version);
  const created = messageCreatedAt(message).toISOString();
  return `{"type":${type},"version":${version},"created":"${created}"${BEFORE_DATA}`;
}
