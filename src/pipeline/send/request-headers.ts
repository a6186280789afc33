import type { AttemptTrigger } from '#src/domain/attempts/attempt.ts';
import { signHostedHooks, signStandardWebhooks } from '#src/infra/lib/signature.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { type OwnHeaders, ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import type { RequestRules } from '#src/domain/outbound-rules/request-rules.ts';
import { asReceiversRead } from '#src/domain/outbound-rules/reserved-headers.ts';
import type { SentAs } from '#src/domain/messages/sent-as.ts';
import { BOTH_SIGNATURES } from '#src/domain/outbound-rules/signature-choice.ts';
import type { RoutedEndpoint } from '#src/pipeline/routing/app-snapshot.ts';
import type { SigningKey } from '#src/pipeline/routing/signing-key.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';

export interface WebhookRequest {
  message: Omit<Message, 'data'>;
  /** See `webhookBody`. */
  body: string | Buffer;
  endpoint: Pick<RoutedEndpoint, 'id' | 'signingKeys'> & { requestRules?: RequestRules | null };
  app: SentAs;
  attemptNumber: number;
  trigger: AttemptTrigger;
  /** Whether the receiver may have got it before, and what came of that is unknown. */
  isPossibleDuplicate: boolean;
  attemptedAtMs: number;
  version: string;
}

/**
 * The headers of a webhook without those that the rules of its endpoint add (`outgoing-request.ts`). A pure function of
 * what is stored anyway, so the headers of an attempt are built again to be shown, and are not stored with it. Throws
 * when the endpoint has no signing key.
 */
export function requestHeaders(request: WebhookRequest): Record<string, string> {
  const { app, message, endpoint, attemptNumber, trigger } = request;
  const own = ownHeaders(app.headerPrefix);
  const [newest] = endpoint.signingKeys;
  if (newest === undefined) throw new Error(`Endpoint ${endpoint.id} has no signing key`);
  const sends = endpoint.requestRules?.signature ?? BOTH_SIGNATURES;
  const headers: Record<string, string> = {
    ...(message.headers === null ? ANY_ANSWER : ofMessage(message.headers, own)),
    'content-type': message.contentType ?? 'application/json',
    // A provider with a prefix of its own sends in its own name.
    'user-agent': app.userAgent ?? `${app.headerPrefix}/${request.version}`,
    ...(sends.hostedhooks ? ownSignature(newest, request, own) : {}),
    ...(sends.standard_webhooks ? standardWebhooks(request) : {}),
    [own.delivery]: deliveryId(message.id, endpoint.id),
    [own.attempt]: String(attemptNumber),
    [own.trigger]: trigger,
    ...(request.isPossibleDuplicate ? possibleDuplicate(own) : {}),
    ...(message.eventId === null ? {} : { [own.eventId]: headerSafe(message.eventId) }),
  };
  return app.leftOut === null
    ? headers
    : without(
        headers,
        app.leftOut.map((name) => own[name]),
      );
}

export const timestampOf = ({ attemptedAtMs }: Pick<WebhookRequest, 'attemptedAtMs'>) =>
  Math.floor(attemptedAtMs / 1000);

function ownSignature(key: SigningKey, request: WebhookRequest, own: OwnHeaders): Record<string, string> {
  const signature = signHostedHooks(key.own, timestampOf(request), request.body);
  return { [own.signature]: signature, [own.cgiSignature]: signature };
}

function standardWebhooks(request: WebhookRequest): Record<string, string> {
  const { message, body, endpoint, attemptedAtMs } = request;
  const timestampSeconds = timestampOf(request);
  const live = endpoint.signingKeys.filter(({ untilMs }) => attemptedAtMs < untilMs);
  const signed = { id: message.id, timestampSeconds, body };
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': live.map((key) => signStandardWebhooks(key.standard, signed)).join(' '),
  };
}

/** For a request whose fate at an earlier send is unknown. */
export function possibleDuplicate(own: Pick<OwnHeaders, 'possibleDuplicate'>): Record<string, string> {
  return { [own.possibleDuplicate]: 'true' };
}

function without(headers: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
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
