import type { RequestRules } from '#src/domain/outbound-rules/request-rules.ts';
import { asReceiversRead } from '#src/domain/outbound-rules/reserved-headers.ts';
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
  const headers = withHeaders(requestHeaders(webhook), notOurs(rules.headers, webhook));
  switch (credentials.type) {
    case 'none':
      return { url, headers };
    case 'headers':
      return { url, headers: withHeaders(headers, notOurs(credentials.headers, webhook)) };
    case 'hmac': {
      const signed = { id: message.id, timestampSeconds: timestampOf(webhook), body };
      return { url, headers: withHeaders(headers, notOurs(credentials.headersOf(signed), webhook)) };
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
  return withHeaders(withHeaders(headers, notOurs(hidden, webhook)), notOurs(credentials, webhook));
}

type Headers = Record<string, string>;

/** Headers of a rule, but for those that we set: the app may have got its prefix after the rule. */
function notOurs(values: Header[], { app }: WebhookRequest): Header[] {
  if (values.length === 0) return values;
  const ours = new Set(Object.values(app.own).map(asReceiversRead));
  return values.filter(([name]) => !ours.has(asReceiversRead(name)));
}

/** With these in the place of those whose names read the same. */
function withHeaders(headers: Headers, values: Header[]): Headers {
  if (values.length === 0) return headers;
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
