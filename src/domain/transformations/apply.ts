import { contentType, messageHeaders } from '#src/domain/messages/message-headers.ts';
import { type Message, webhookBody } from '#src/domain/messages/message.ts';
import { findOwnHeader } from '#src/domain/outbound-rules/reserved-headers.ts';
import type { Answered, RunInput } from './runtime/run.ts';
import { EXCERPT_LENGTH, type KeptRequest } from './transformation.ts';

/** What a transformation changes of a webhook. */
export interface OutgoingContent {
  headers: Message['headers'];
  contentType: Message['contentType'];
  body: string | Buffer;
}

/** The second argument of the handler. */
export interface HandlerContext {
  endpoint: { id: string; uid: string | null; url: string };
  subscription: { id: string; uid: string | null; name: string };
  app: { id: string; uid: string | null; name: string };
  message: { id: string; event_type: string; event_id: string | null };
}

type Given = Pick<Message, 'id' | 'eventType' | 'version'> & { content: OutgoingContent };

const JSON_TYPE = 'application/json';
const IS_JSON = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

export const contentOf = (message: Message): OutgoingContent => ({
  headers: message.headers,
  contentType: message.contentType,
  body: webhookBody(message),
});

export const isJson = ({ contentType: type }: Pick<OutgoingContent, 'contentType'>): boolean =>
  type === null || IS_JSON.test(type);

/** Bytes that are no text are given with replacement characters; unchanged, they are sent as they are. */
export function inputOf({ id, eventType, version, content }: Given, context: HandlerContext): RunInput {
  const request = { headers: headersOf(content), event_type: eventType, version, id };
  return {
    request: JSON.stringify(request),
    body: content.body.toString(),
    isJson: isJson(content),
    context: JSON.stringify(context),
  };
}

const headersOf = ({ headers, contentType: type }: OutgoingContent): Record<string, string> => ({
  ...headers,
  'content-type': type ?? JSON_TYPE,
});

/**
 * What is sent after the handler answered; a text that says what is wrong with the answer. Its `event_type`, `version`
 * and `id` are not read, because they are the message's.
 */
export function applyAnswer(
  content: OutgoingContent,
  { headers, body }: Answered,
  headerPrefix: string,
): OutgoingContent | string {
  const changed = body === null ? content : { ...content, body };
  if (headers === null) return changed;
  const given = JSON.parse(headers) as unknown;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return 'headers must be an object';
  const [types, others] = partition(Object.entries(given), ([name]) => name.toLowerCase() === 'content-type');
  const parsed = messageHeaders.safeParse(Object.fromEntries(others));
  if (!parsed.success) return `headers ${parsed.error.issues[0]?.message ?? 'cannot be sent'}`;
  const own = findOwnHeader(Object.keys(parsed.data), headerPrefix);
  if (own !== undefined) return `headers must not set ${JSON.stringify(own)}, which we set ourselves`;
  const [, type = content.contentType ?? JSON_TYPE] = types.at(-1) ?? [];
  const parsedType = contentType.safeParse(type);
  if (!parsedType.success)
    return `the content-type ${parsedType.error.issues[0]?.message ?? 'cannot be sent'}`;
  const isTypeKept = type === (content.contentType ?? JSON_TYPE);
  return {
    ...changed,
    headers: others.length === 0 ? null : parsed.data,
    contentType: isTypeKept ? content.contentType : parsedType.data,
  };
}

/** As an execution keeps it: what PostgreSQL cannot store is replaced. */
export function keptRequest(content: OutgoingContent): KeptRequest {
  return { headers: headersOf(content), body: storable(excerptOf(content.body)) };
}

const MAX_BYTES_OF_CHARACTER = 4;

/** A text of its own: a slice would keep all of the body in memory for as long as it waits to be written. */
function excerptOf(body: string | Buffer): string {
  const start =
    typeof body === 'string'
      ? Buffer.from(body.slice(0, EXCERPT_LENGTH))
      : body.subarray(0, EXCERPT_LENGTH * MAX_BYTES_OF_CHARACTER);
  const text = start.toString();
  return text.length <= EXCERPT_LENGTH ? text : Buffer.from(text.slice(0, EXCERPT_LENGTH)).toString();
}

export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');

function partition<T>(items: T[], holds: (item: T) => boolean): [T[], T[]] {
  return [items.filter(holds), items.filter((item) => !holds(item))];
}
