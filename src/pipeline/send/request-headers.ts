import { signHostedHooks, signStandardWebhooks } from '#src/infra/lib/signature.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { AppSnapshot, RoutedEndpoint } from '#src/pipeline/routing/app-snapshot.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';

interface Request {
  message: Omit<Message, 'data'>;
  /** See `webhookBody`. */
  body: string | Buffer;
  endpoint: Pick<RoutedEndpoint, 'id' | 'signingKeys'>;
  app: Pick<AppSnapshot, 'headerPrefix'>;
  attemptNumber: number;
  attemptedAtMs: number;
  version: string;
}

/**
 * The headers of a webhook. A pure function of what is stored anyway, so the headers of an attempt are built again to
 * be shown, and are not stored with it. Throws when the endpoint has no signing key.
 */
export function requestHeaders(request: Request): Record<string, string> {
  const { message, body, endpoint, attemptNumber } = request;
  const prefix = request.app.headerPrefix;
  const timestampSeconds = Math.floor(request.attemptedAtMs / 1000);
  const [newest] = endpoint.signingKeys;
  if (newest === undefined) throw new Error(`Endpoint ${endpoint.id} has no signing key`);
  const signature = signHostedHooks(newest.own, timestampSeconds, body);
  const live = endpoint.signingKeys.filter(({ untilMs }) => request.attemptedAtMs < untilMs);
  const standard = { id: message.id, timestampSeconds, body };
  return {
    ...withoutPrefix(message.headers, prefix),
    'content-type': message.contentType ?? 'application/json',
    'user-agent': `HostedHooks/${request.version}`,
    [`${prefix}-Signature`]: signature,
    [`HTTP_${prefix.toUpperCase().replaceAll('-', '_')}_SIGNATURE`]: signature,
    'webhook-id': message.id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': live.map((key) => signStandardWebhooks(key.standard, standard)).join(' '),
    [`${prefix}-Delivery`]: deliveryId(message.id, endpoint.id),
    [`${prefix}-Attempt`]: String(attemptNumber),
    ...(message.eventId === null ? {} : { [`${prefix}-Event-Id`]: headerSafe(message.eventId) }),
  };
}

/** Percent-encodes what a header cannot carry (RFC 9110, section 5.5), and `%`, so that receivers can decode it. */
function headerSafe(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]+/g, encodeURIComponent);
}

/** The message's own headers without those that begin with the app's prefix, because these are ours to set. */
function withoutPrefix(headers: Record<string, string> | null, prefix: string): Record<string, string> {
  if (headers === null) return {};
  const reserved = `${prefix.toLowerCase()}-`;
  const kept = Object.entries(headers).filter(([name]) => !name.toLowerCase().startsWith(reserved));
  return Object.fromEntries(kept);
}
