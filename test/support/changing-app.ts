import fc from 'fast-check';
import type { App } from '#src/domain/apps/app.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { createSubscribedApp, EVENT_TYPE, messageTo } from './subscribed-app.ts';
import type { TestServer } from './server.ts';

/** An app that is changed and posted to at random. */
export interface ChangingApp {
  server: TestServer;
  app: App;
  /** With what the dry run said of each just after: endpoint -> reason. */
  posted: { message: Message; reasons: Reasons }[];
}

export type Reasons = Map<string, string | null>;
type Step = (changing: ChangingApp) => Promise<unknown>;

const TYPES = [EVENT_TYPE, 'user.deleted', 'order.paid'];
const FIRST = { limit: 100, offset: 0 };

export async function createChangingApp(server: TestServer): Promise<ChangingApp> {
  const { app } = await createSubscribedApp(server, { url: 'http://127.0.0.1:9/' });
  const { subscriptions, webhookEvents } = server.container;
  for (const eventType of TYPES.slice(1)) await webhookEvents.create(app, { eventType });
  await subscriptions.create(app, { name: 'Initech' });
  return { server, app, posted: [] };
}

export function reasonsOf(considered: { endpoint: { id: string }; reason: string | null }[]): Reasons {
  return new Map(considered.map(({ endpoint, reason }) => [endpoint.id, reason]));
}

const which = fc.nat({ max: 100 });
const version = fc.constantFrom('1.0', '2.0');
const enabledEvents = fc.oneof(fc.constant('*' as const), fc.subarray(TYPES));
const status = fc.constantFrom('active' as const, 'inactive' as const);
const description = fc.string();

const add = fc.tuple(which, version, enabledEvents).map<Step>(([n, ...fields]) => async (changing) => {
  const subscription = pick(await listSubscriptions(changing), n);
  const input = { url: 'http://127.0.0.1:9/', version: fields[0], enabledEvents: fields[1] };
  if (subscription) await changing.server.container.endpoints.create(subscription, input);
});

const change = fc
  .tuple(which, fc.record({ version, enabledEvents, status, description }, { requiredKeys: [] }))
  .map<Step>(([n, changes]) => async (changing) => {
    const endpoint = pick(await listEndpoints(changing), n);
    if (endpoint) await changing.server.container.endpoints.update(endpoint, changes);
  });

/** As the outcome writer does it. */
const turnOff = which.map<Step>((n) => async (changing) => {
  const endpoint = pick(await listEndpoints(changing), n);
  if (!endpoint) return;
  await changing.server.container.pool.query(
    `update endpoints set status = 'inactive', inactive_reason = 'gone', inactive_since = now()
     where id = $1 and status = 'active'`,
    [endpoint.id],
  );
});

const removeEndpoint = which.map<Step>((n) => async (changing) => {
  const endpoint = pick(await listEndpoints(changing), n);
  if (endpoint) await changing.server.container.endpoints.delete(endpoint);
});

const removeSubscription = which.map<Step>((n) => async (changing) => {
  const [, ...others] = await listSubscriptions(changing);
  const subscription = pick(others, n);
  if (subscription) await changing.server.container.subscriptions.delete(subscription);
});

/** Each takes the other's name: endpoints keep what they name, and receive other messages. */
const renameEvents = fc.constant<Step>(async ({ server, app }) => {
  const { webhookEvents } = server.container;
  const one = await webhookEvents.getByType(app, 'user.deleted');
  const other = await webhookEvents.getByType(app, 'order.paid');
  await webhookEvents.update(one, { eventType: 'on.its.way' });
  await webhookEvents.update(other, { eventType: 'user.deleted' });
  await webhookEvents.update(one, { eventType: 'order.paid' });
});

/** Endpoints that named it do not any more. */
const remakeEvent = fc.constantFrom(...TYPES).map<Step>((eventType) => async ({ server, app }) => {
  const { webhookEvents } = server.container;
  await webhookEvents.delete(await webhookEvents.getByType(app, eventType));
  await webhookEvents.create(app, { eventType });
});

const post = fc
  .tuple(fc.constantFrom('app', 'subscription', 'endpoint'), which, version, fc.constantFrom(...TYPES))
  .map<Step>(([level, n, ofVersion, eventType]) => async (changing) => {
    const { app, server, posted } = changing;
    const endpoint = level === 'app' ? undefined : pick(await listEndpoints(changing), n);
    const target = {
      accountId: app.accountId,
      appId: app.id,
      subscriptionId: endpoint?.subscriptionId ?? null,
      endpointId: level === 'endpoint' ? (endpoint?.id ?? null) : null,
    };
    const input = { ...messageTo(app), target, eventType, version: ofVersion };
    const { message } = await server.container.acceptor.accept(input);
    posted.push({ message, reasons: reasonsOf(await server.container.acceptor.explain(input)) });
  });

export const steps = fc.oneof(
  { weight: 3, arbitrary: add },
  { weight: 6, arbitrary: change },
  { weight: 3, arbitrary: turnOff },
  { weight: 1, arbitrary: removeEndpoint },
  { weight: 1, arbitrary: removeSubscription },
  { weight: 1, arbitrary: renameEvents },
  { weight: 1, arbitrary: remakeEvent },
  { weight: 12, arbitrary: post },
);

const listEndpoints = ({ server, app }: ChangingApp) => server.container.endpoints.listOfApp(app, FIRST);
const listSubscriptions = ({ server, app }: ChangingApp) => server.container.subscriptions.list(app, FIRST);
const pick = <T>(rows: T[], n: number): T | undefined => rows[n % rows.length];
