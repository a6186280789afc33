import type { App } from '#src/domain/apps/app.ts';
import { sampleOf } from '#src/domain/apps/schema-versions.ts';
import type { Container } from '#src/container.ts';
import { newSecret } from '#src/domain/endpoints/endpoint-secrets.ts';
import { patternsOf, receives } from '#src/domain/endpoints/event-patterns.ts';
import { moves } from '#src/domain/endpoints/endpoint-rules.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { isSuccessStatus } from '#src/pipeline/send/decide.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { resultOf } from '#src/surfaces/html/badges.ts';
import { type Payload, payloadOf } from '#src/surfaces/html/payload-view.ts';

/** How a test of what a form says went. */
export interface ShownTrial {
  tone: 'success' | 'warning';
  text: string;
  durationMs: number;
  payload: Payload | null;
}

interface Tried {
  app: App;
  subscription: Pick<Subscription, 'id' | 'name'>;
  /** Undefined: it is not saved yet. */
  endpoint?: EndpointWithParents;
  url: string;
  version: string;
  enabledEvents: string[] | '*';
}

type Parts = Pick<Container, 'clock' | 'endpoints' | 'endpointSecrets' | 'sampleSender' | 'webhookEvents'>;

/**
 * Sends a signed sample to the URL of a form, which stays unsaved. Only at the origin of its endpoint, the endpoint's
 * secret signs it, because a signature is good for whoever gets it. Throws InvalidInput for a URL that the address
 * policy refuses, and where the app has no event to send, and TooManyRequests over the rate of tests.
 */
export async function tryOut(container: Parts, tried: Tried): Promise<ShownTrial> {
  const { clock, endpoints, sampleSender, webhookEvents } = container;
  const { app, endpoint, url, version, enabledEvents, subscription } = tried;
  endpoints.checkUrls({ url });
  const events = await webhookEvents.all(app);
  const enabled = new Set(enabledEvents);
  const isSent = ({ eventType }: { eventType: string }) =>
    enabledEvents === '*' || receives(enabled, eventType, patternsOf(eventType));
  const { id } = events.find(isSent) ?? {};
  const event = await webhookEvents.firstOrAsked(app, id);
  if (event === null)
    throw new InvalidInput('Create a webhook event first: a test sends its sample payload.');
  const { host, origin } = new URL(url);
  const isHere = endpoint !== undefined && !moves(endpoint, { url });
  const result = await sampleSender.tryOut({
    ...{ accountId: app.accountId, app, subscriptionId: subscription.id, url, version },
    endpointId: endpoint?.id ?? uuidv7(clock.now()),
    secret: isHere ? endpoints.revealSecret(endpoint) : newSecret(),
    audited: {
      object:
        endpoint === undefined
          ? { type: 'subscriber', id: subscription.id, name: subscription.name }
          : { type: 'endpoint', id: endpoint.id, name: endpoint.url },
      // Without the path, which may hold a secret.
      details: { to: origin, signed_by: isHere ? 'the secret' : 'a throw-away secret' },
    },
    eventType: event.eventType,
    dataText: sampleOf(event, version),
  });
  const { outcome, statusCode, errorMessage, durationMs, bodyExcerpt } = result;
  const isGood =
    outcome === 'status' && statusCode !== null && isSuccessStatus(app.successPolicy, statusCode);
  const said = errorMessage === '' ? `${host} answered ${resultOf(result)}` : errorMessage;
  const reason = endpoint === undefined ? 'there is none yet' : NOT_HERE;
  const signed = isHere ? '' : ` It was signed with a throw-away secret, because ${reason}.`;
  return {
    tone: isGood ? 'success' : 'warning',
    text: `${said}${isGood ? '' : ', which is not a success'} (${event.eventType}). Nothing is saved.${signed}`,
    durationMs: Math.round(durationMs),
    payload: bodyExcerpt === '' ? null : payloadOf(bodyExcerpt.slice(0, SHOWN_ANSWER)),
  };
}

const SHOWN_ANSWER = 2000;
const NOT_HERE = 'the URL is of another scheme, host, port or Hook Helper than the one that is saved';
