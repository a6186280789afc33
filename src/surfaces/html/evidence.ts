import { createHash } from 'node:crypto';
import type { App } from '#src/domain/apps/app.ts';
import type { NumberedAttempt } from '#src/domain/attempts/numbered-attempt.ts';
import type { Container } from '#src/container.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { webhookBody } from '#src/domain/messages/message.ts';
import { ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import { headerPrefixOf } from '#src/domain/signature-doctor/signature-doctor.ts';
import { messageSentBy } from '#src/domain/transformations/as-sent.ts';
import { HIDDEN } from '#src/pipeline/send/outgoing-request.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import type { DeliveryStory } from './delivery-story.ts';
import { sentHeaders } from './sent-headers.ts';

type Parts = Pick<Container, 'config' | 'endpoints' | 'executions'>;
type Header = [name: string, value: string];

/** What the latest attempt sent, to be shown to anybody. */
export interface SentEvidence {
  headers: Header[];
  /** The names of the headers that have our signature. */
  signatures: string[];
  bytes: number;
  /** In hex, of the body as it was sent. */
  sha256: string;
  body: string | Buffer;
}

/** What was sent, or would be; null where that is not known any more. */
export async function sentEvidence(
  container: Parts,
  app: App,
  { latest: attempt, endpoint, message }: DeliveryStory,
): Promise<SentEvidence | null> {
  const sent = attempt === undefined ? message : await sentBy(container, attempt, message);
  if (sent === undefined) return null;
  const body = webhookBody(sent);
  const headers =
    attempt === undefined || endpoint === null
      ? []
      : sentHeaders({ container, app, endpoint, message: sent, attempt });
  const own = ownHeaders(headerPrefixOf(app));
  const signing = new Set([own.signature, own.cgiSignature, 'webhook-signature']);
  const open = new Set([...Object.values(own), ...OPEN_REQUEST_HEADERS].map((name) => name.toLowerCase()));
  return {
    headers: headers.map(([name, value]) => [
      name,
      // With a signature and the body somebody else could send the webhook.
      open.has(name.toLowerCase()) && !signing.has(name) ? value : HIDDEN,
    ]),
    signatures: headers.map(([name]) => name).filter((name) => signing.has(name)),
    bytes: Buffer.byteLength(body),
    sha256: createHash('sha256').update(body).digest('hex'),
    body,
  };
}

async function sentBy(container: Parts, attempt: NumberedAttempt, message: DeliveryStory['message']) {
  const { accountId, executionId } = attempt;
  const executions = await container.executions.byIds(accountId, executionId === null ? [] : [executionId]);
  return messageSentBy(attempt, message, executions);
}

/** Others may tell secrets, whether they come of the endpoint's rules or of the message. */
const OPEN_REQUEST_HEADERS = ['accept', 'content-type', 'user-agent', 'webhook-id', 'webhook-timestamp'];
const OPEN_ANSWER_HEADERS = new Set([
  ...['allow', 'content-encoding', 'content-length', 'content-type', 'date', 'retry-after', 'server', 'via'],
]);

/** The headers of an answer that tell of its handling, and how many more there were: those may hold sessions. */
export function answerEvidence(headers: Header[]): { headers: Header[]; left: number } {
  const shown = headers
    .filter(([name]) => OPEN_ANSWER_HEADERS.has(name.toLowerCase()))
    .slice(0, OPEN_ANSWER_HEADERS.size)
    .map(([name, value]): Header => [name, value.slice(0, SHOWN_VALUE)]);
  return { headers: shown, left: headers.length - shown.length };
}

/** Characters of a value. */
const SHOWN_VALUE = 200;

/** A shorter value would be found everywhere. */
const SHORTEST = 4;

/** A shorter one is a word. */
const SHORTEST_SEGMENT = 8;

/** What looks like a signature: SHA-256 or SHA-512, in hex or base64. */
const SIGNATURE = /\b(?:[\da-f]{64}|[\da-f]{128})\b|(?<![\w+/])(?:[\w+/]{43}=|[\w+/]{86}==)(?![\w+/=])/gi;

/** What looks like a credential, of whatever time. */
const CREDENTIAL = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;

/**
 * Takes secrets out of a text that a receiver may have sent back: those of the endpoint's rules, the path of its URL,
 * its signing secrets, also of before, the message's own headers, and what looks like a credential or a signature.
 */
export async function redactorOf(
  container: Pick<Container, 'endpoints' | 'endpointSecrets'>,
  { endpoint, message }: Pick<DeliveryStory, 'endpoint' | 'message'>,
): Promise<(text: string) => string> {
  const ofEndpoint = endpoint === null ? [] : await secretsOf(container, endpoint);
  const forms = [...ofEndpoint, ...Object.values(message.headers ?? {})]
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .filter((secret) => secret.length >= SHORTEST)
    // One may be a part of another.
    .sort((one, other) => other.length - one.length);
  const secrets = [...new Set(forms)];
  return (text) =>
    secrets
      .reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text)
      .replaceAll(CREDENTIAL, `$1 ${HIDDEN}`)
      .replaceAll(SIGNATURE, HIDDEN);
}

async function secretsOf(
  { endpoints, endpointSecrets }: Pick<Container, 'endpoints' | 'endpointSecrets'>,
  endpoint: EndpointWithParents,
): Promise<string[]> {
  const { auth, headers } = endpoints.revealRules(endpoint);
  const signing = await endpointSecrets.everOf(endpoint);
  const values = [...Object.values(headers ?? {}), ...Object.values(auth ?? {})].filter(
    (value) => typeof value === 'string',
  );
  const pair =
    auth?.type === 'basic' && typeof auth.password === 'string'
      ? [base64(`${auth.username}:${auth.password}`)]
      : [];
  // The names of these rules are no secrets, and common words.
  const named = new Set<unknown>(
    auth === undefined ? [] : [auth.type, ...OPEN_MEMBERS.map((name) => member(auth, name))],
  );
  return [
    ...signing.flatMap((secret) => [secret, standardWebhooksSecret(secret)]),
    ...[...values, ...pair].filter((value) => !named.has(value)),
    ...partsOf(endpoint.url),
  ].flatMap((value) => [value, base64(value)]);
}

/** The path of a URL may be all that lets somebody in, and a page of an error often repeats it. */
function partsOf(url: string): string[] {
  const { pathname = '', search = '' } = URL.parse(url) ?? {};
  const segments = pathname.split('/').filter((segment) => segment.length >= SHORTEST_SEGMENT);
  return [pathname + search, pathname, search, ...segments];
}

const OPEN_MEMBERS = [
  'in',
  'header',
  'algorithm',
  'encoding',
  'client_authentication',
  'name',
  'token_url',
  'scope',
];
const member = (of: object, name: string): unknown => (of as Record<string, unknown>)[name];
const base64 = (text: string) => Buffer.from(text).toString('base64');
