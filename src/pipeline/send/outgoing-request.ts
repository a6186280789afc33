import type { RequestRules } from '#src/domain/outbound-rules/request-rules.ts';
import { asReceiversRead } from '#src/domain/outbound-rules/reserved-headers.ts';
import { ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import type { PostRequest } from '#src/infra/outbound/post.ts';
import { requestHeaders, timestampOf, type WebhookRequest } from './request-headers.ts';

export interface OutgoingWebhook extends WebhookRequest {
  url: string | URL;
}

type Outgoing = Pick<PostRequest, 'url' | 'headers' | 'clientCertificate'>;
type Header = [name: string, value: string];

/**
 * The webhook as its endpoint's rules have it: with static headers, which win over those of the message, and the
 * credentials, which win over both. `token` is that of OAuth. Body and message may be what a transformation made.
 */
export function outgoingRequest(webhook: OutgoingWebhook, rules: RequestRules, token?: string): Outgoing {
  const { credentials } = rules;
  const { url, message, body } = webhook;
  const headers = withStatic(requestHeaders(webhook), rules.headers, webhook);
  switch (credentials.type) {
    case 'none':
      return { url, headers };
    case 'headers':
      return { url, headers: withHeaders(headers, credentials.headers) };
    case 'hmac': {
      const signed = { id: message.id, timestampSeconds: timestampOf(webhook), body };
      return { url, headers: withHeaders(headers, credentials.headersOf(signed)) };
    }
    case 'oauth':
      return { url, headers: withHeaders(headers, [['authorization', `Bearer ${token ?? ''}`]]) };
    case 'query':
      return { url: withParameter(url, credentials.parameter), headers };
    case 'mtls':
      return { url, headers, clientCertificate: credentials.certificate };
  }
}

/** What stands in the place of a value that is not shown. */
export const HIDDEN = '[hidden]';

/**
 * The headers of an {@link outgoingRequest} to be shown: without credentials, and without the values of static headers,
 * which may be credentials whatever their names are.
 */
export function shownRequestHeaders(webhook: WebhookRequest): Record<string, string> {
  const headers = requestHeaders(webhook);
  const rules = webhook.endpoint.requestRules ?? null;
  if (rules === null) return headers;
  const hidden = rules.headers.map(([name]): Header => [name, HIDDEN]);
  const credentials = rules.credentialHeaders.map((name): Header => [name, HIDDEN]);
  return withHeaders(withStatic(headers, hidden, webhook), credentials);
}

type Headers = Record<string, string>;

/** With static headers, but for our own: the app may have got its prefix after them. */
function withStatic(headers: Headers, values: Header[], { app }: WebhookRequest): Headers {
  if (values.length === 0) return headers;
  const own = new Set(Object.values(ownHeaders(app.headerPrefix)).map(asReceiversRead));
  return withHeaders(
    headers,
    values.filter(([name]) => !own.has(asReceiversRead(name))),
  );
}

/** With these in the place of those whose names read the same. */
function withHeaders(headers: Headers, values: Header[]): Headers {
  const taken = new Set(values.map(([name]) => asReceiversRead(name)));
  const kept = Object.entries(headers).filter(([name]) => !taken.has(asReceiversRead(name)));
  return Object.fromEntries([...kept, ...values]);
}

function withParameter(url: string | URL, parameter: string): URL | string {
  const changed = typeof url === 'string' ? URL.parse(url) : new URL(url);
  if (changed === null) return url;
  changed.search = changed.search === '' ? parameter : `${changed.search}&${parameter}`;
  return changed;
}
