import { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { demoApp } from '#src/domain/apps/demo-app.ts';
import { eventType, samplePayloadText } from '#src/domain/apps/webhook-event-schema.ts';
import type { WebhookEvent } from '#src/domain/apps/webhook-event.ts';
import { oldestEndpoint } from '#src/domain/endpoints/account-endpoints.ts';
import { ALL_EVENTS } from '#src/domain/endpoints/enabled-events.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { asSentences, asTyped, line } from '#src/surfaces/html/form.ts';

/** The parts that an account's first webhook needs; null: it has none yet. */
export interface FirstParts {
  /** What the demo made, which is none of these; null without any. */
  demo: App | null;
  app: App | null;
  event: WebhookEvent | null;
  subscription: Pick<Subscription, 'id' | 'name'> | null;
  endpoint: Endpoint | null;
  /** The Hook Helper that the endpoint posts to. */
  helper: HookHelper | null;
}

type Parts = Pick<
  Container,
  'apps' | 'config' | 'endpoints' | 'hookHelpers' | 'models' | 'subscriptions' | 'webhookEvents'
>;

const ONE = { limit: 1, offset: 0 };
/** The version of the samples. */
const FIRST_VERSION = '1.0';

/** Those of the oldest endpoint; without one, those of the oldest app. */
export async function readFirstParts(
  container: Omit<Parts, 'endpoints'>,
  accountId: string,
): Promise<FirstParts> {
  const { apps, hookHelpers, subscriptions, webhookEvents } = container;
  const demo = await demoApp(container, accountId);
  const endpoint = await oldestEndpoint(container, accountId, demo);
  const app =
    endpoint === null ? await apps.oldest(accountId, demo) : await apps.get(accountId, endpoint.appId);
  if (app === null) return { demo, app, event: null, subscription: null, endpoint: null, helper: null };
  const [[event = null], [newest = null], ofEndpoint, helper] = await Promise.all([
    webhookEvents.list(app, ONE),
    subscriptions.list(app, ONE),
    endpoint === null ? null : subscriptions.get(accountId, endpoint.subscriptionId),
    endpoint === null ? null : hookHelpers.ofUrl(endpoint),
  ]);
  return { demo, app, event, subscription: ofEndpoint ?? newest, endpoint, helper };
}

export const isSetUp = ({ event, endpoint }: FirstParts) => event !== null && endpoint !== null;

/** The form that makes what is missing, as browsers send it. */
export const setUpForm = z.strictObject({
  app_name: z.string().optional(),
  event_type: z.string().optional(),
  sample_payload: z.string().optional(),
  subscriber: z.string().optional(),
  url: z.string().optional(),
});

/** What is there is not asked for again: a field of it, from a page that was open before, is passed over. */
export const setUpOf = ({ app, event, subscription }: FirstParts) =>
  z.strictObject({
    app_name: app === null ? line('Give the app a name.', 255) : passedOver,
    event_type: event === null ? eventTypeField : passedOver,
    sample_payload: event === null ? sampleField : passedOver,
    subscriber: subscription === null ? line('Give the subscriber a name.') : passedOver,
    url: z.string().trim().max(2000, 'Use at most 2000 characters.').default(''),
  });

const passedOver = z.string().optional();
const eventTypeField = line('Name the event, like user.created.', 255).pipe(
  asSentences('The event type', eventType),
);
const sampleField = asTyped().default('{}').pipe(asSentences('The sample payload', samplePayloadText));

/** Makes what is missing, each in a transaction of its own: after a refusal, the rest is still missing. */
export async function setUp(
  container: Parts,
  { accountId, parts }: { accountId: string; parts: FirstParts },
  input: z.output<typeof setUpForm>,
): Promise<void> {
  const { apps, endpoints, subscriptions, webhookEvents } = container;
  const { app_name: name = '', event_type: type = '', sample_payload: sample = '{}' } = input;
  const { subscriber = '', url = '' } = input;
  // Before anything is made, because a URL is what is refused most.
  if (url !== '') endpoints.checkUrls({ url });
  const app = parts.app ?? (await apps.create(accountId, { name }));
  if (parts.event === null) await webhookEvents.create(app, { eventType: type, samplePayloadText: sample });
  if (parts.endpoint !== null) return;
  const made = parts.subscription ?? (await subscriptions.create(app, { name: subscriber }));
  const subscription = await subscriptions.get(accountId, made.id);
  await endpoints.create(subscription, {
    url: url === '' ? await newHelperAddress(container, subscription) : url,
    version: FIRST_VERSION,
    enabledEvents: ALL_EVENTS,
  });
}

async function newHelperAddress(
  { config, hookHelpers }: Pick<Container, 'config' | 'hookHelpers'>,
  { accountId, name }: Subscription,
): Promise<string> {
  const { token } = await hookHelpers.create(accountId, { label: `For ${name}` });
  return `${config.http.baseUrl}/r/${token}`;
}
