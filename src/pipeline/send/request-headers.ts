import type { AttemptTrigger } from '#src/domain/attempts/attempt.ts';
import { signHostedHooks, signStandardWebhooks } from '#src/infra/lib/signature.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { asReceiversRead, type OwnHeaders, ownHeaders } from '#src/domain/messages/own-headers.ts';
import type { AppSnapshot, RoutedEndpoint } from '#src/pipeline/routing/app-snapshot.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';

interface Request {
  message: Omit<Message, 'data'>;
  /** See `webhookBody`. */
  body: string | Buffer;
  endpoint: Pick<RoutedEndpoint, 'id' | 'signingKeys'>;
  app: Pick<AppSnapshot, 'headerPrefix'>;
  attemptNumber: number;
  trigger: AttemptTrigger;
  /** Whether the receiver may have got it before, and what came of that is unknown. */
  isPossibleDuplicate: boolean;
  attemptedAtMs: number;
  version: string;
}

/**
 * The headers of a webhook. A pure function of what is stored anyway, so the headers of an attempt are built again to
 * be shown, and are not stored with it. Throws when the endpoint has no signing key.
 */
export function requestHeaders(request: Request): Record<string, string> {
  const { message, body, endpoint, attemptNumber, trigger } = request;
  const own = ownHeaders(request.app.headerPrefix);
  const timestampSeconds = Math.floor(request.attemptedAtMs / 1000);
  const [newest] = endpoint.signingKeys;
  if (newest === undefined) throw new Error(`Endpoint ${endpoint.id} has no signing key`);
  const signature = signHostedHooks(newest.own, timestampSeconds, body);
  const live = endpoint.signingKeys.filter(({ untilMs }) => request.attemptedAtMs < untilMs);
  const standard = { id: message.id, timestampSeconds, body };
  return {
    ...(message.headers === null ? ANY_ANSWER : ofMessage(message.headers, own)),
    'content-type': message.contentType ?? 'application/json',
    // A provider with a prefix of its own sends in its own name.
    'user-agent': `${request.app.headerPrefix}/${request.version}`,
    [own.signature]: signature,
    [own.cgiSignature]: signature,
    'webhook-id': message.id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': live.map((key) => signStandardWebhooks(key.standard, standard)).join(' '),
    [own.delivery]: deliveryId(message.id, endpoint.id),
    [own.attempt]: String(attemptNumber),
    [own.trigger]: trigger,
    ...(request.isPossibleDuplicate ? possibleDuplicate(own) : {}),
    ...(message.eventId === null ? {} : { [own.eventId]: headerSafe(message.eventId) }),
  };
}

/** For a request whose fate at an earlier send is unknown. */
export function possibleDuplicate(own: Pick<OwnHeaders, 'possibleDuplicate'>): Record<string, string> {
  return { [own.possibleDuplicate]: 'true' };
}

/** Firewalls refuse requests without an Accept header (OWASP CRS, rule 920300). */
const ANY_ANSWER = { accept: '*/*' };

/** Percent-encodes what a header cannot carry (RFC 9110, section 5.5), and `%`, so that receivers can decode it. */
function headerSafe(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]+/g, encodeURIComponent);
}

/**
 * The message's own headers, without our own: these are refused in messages, but the app may have got its prefix after
 * the message.
 */
function ofMessage(headers: Record<string, string>, own: OwnHeaders): Record<string, string> {
  const ours = new Set(Object.values(own).map(asReceiversRead));
  const kept = Object.entries(headers).filter(([name]) => !ours.has(asReceiversRead(name)));
  const hasAccept = kept.some(([name]) => name.toLowerCase() === 'accept');
  return { ...(hasAccept ? {} : ANY_ANSWER), ...Object.fromEntries(kept) };
}
