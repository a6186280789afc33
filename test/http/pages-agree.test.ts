import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { DeliveryState } from '#src/domain/deliveries/delivery.ts';
import { STATE_LABELS } from '#src/domain/deliveries/state-labels.ts';
import type { EndpointChanges, EndpointWithParents } from '#src/domain/endpoints/endpoints.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor, type Visitor, visitorOf } from '#test/support/pages.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { EVENT_TYPE, messageTo } from '#test/support/subscribed-app.ts';

// What two places show of the same thing is the same, in a world that has every state of a delivery and of an endpoint.

interface Thing {
  [member: string]: unknown;
  id: string;
}

const NEVER_SECONDS = 86_400;

describe('numbers and states', () => {
  let server: TestServer;
  let visitor: Visitor;
  let receiver: Receiver;
  let app: App;
  let subscription: Subscription;
  const waiting: ServerResponse[] = [];
  const late: ServerResponse[] = [];
  const endpointsByName = new Map<string, EndpointWithParents>();
  const messages = new Map<DeliveryState, Message>();

  before(async () => {
    server = await sharedServer();
    visitor = await signedInVisitor(server);
    receiver = await startReceiver((exchange) => {
      const { pathname } = new URL(exchange.request.path, 'http://localhost');
      if (pathname === '/slow') waiting.push(exchange.response);
      else if (pathname === '/late') late.push(exchange.response);
      else answer(pathname === '/fails' ? 500 : pathname === '/gone' ? 410 : 200)(exchange);
    });
    const { apps, subscriptions, webhookEvents } = server.container;
    app = await apps.create(visitor.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    subscription = await subscriptions.create(app, { name: 'Globex' });
    await makeWorld();
  });
  after(async () => {
    for (const response of waiting) response.destroy();
    await receiver[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function makeWorld(): Promise<void> {
    const { endpoints } = server.container;
    const later = { retryDelaysSeconds: [NEVER_SECONDS] };
    await made('delivered', await endpoint('on', '/ok'));
    await made('failed', await endpoint('turned off', '/gone'));
    await made('scheduled', await endpoint('failing', '/fails', later));
    await made('held', await endpoint('off by hand', '/ok', { status: 'inactive' }));
    await made('pending', await endpoint('slow', '/slow'));
    const deleted = await endpoint('deleted', '/late', { retryDelaysSeconds: [0] });
    const discarded = await post(deleted);
    await eventually('in flight', () => Promise.resolve(late.length > 0));
    await endpoints.delete(deleted);
    late[0]?.writeHead(500).end();
    await eventually('discarded', async () => (await stateOf(discarded)) === 'discarded');
    messages.set('discarded', discarded);
    // A test is an attempt that no statistic counts.
    await server.container.sampleSender.send({
      accountId: app.accountId,
      appId: app.id,
      endpointId: found('on').id,
      eventType: EVENT_TYPE,
      dataText: '1',
    });
  }

  async function endpoint(name: string, path: string, changes: EndpointChanges = {}) {
    const input = { ...changes, url: `${receiver.url}${path}`, version: '1.0', description: name };
    const created = await server.container.endpoints.create(subscription, input);
    endpointsByName.set(name, created);
    return created;
  }

  async function post({ id: endpointId }: EndpointWithParents): Promise<Message> {
    const target = { accountId: app.accountId, appId: app.id, subscriptionId: subscription.id, endpointId };
    return (await server.container.acceptor.accept({ ...messageTo(app), target })).message;
  }

  const stateOf = async (message: Message) => (await deliveriesOf(server.container.pool, message))[0]?.state;

  async function made(state: DeliveryState, to: EndpointWithParents): Promise<void> {
    const message = await post(to);
    messages.set(state, message);
    await eventually(state, async () => (await stateOf(message)) === state);
    if (state === 'pending') await eventually('in flight', () => Promise.resolve(waiting.length > 0));
  }

  const found = (name: string) => endpointsByName.get(name) ?? assert.fail(name);

  async function api<T>(path: string): Promise<T> {
    const key = server.container.apiKeys.keyForResource(visitor.resourceId);
    const response = await fetch(`${server.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    assert.equal(response.status, 200, path);
    const text = await response.text();
    return (path.startsWith('/export') ? text.trim().split('\n').map(parse) : parse(text)) as T;
  }

  it('of a delivery are the same in the API, explain, the export and on its message’s page', async () => {
    const exported = await api<Thing[]>('/export?include=delivery');
    for (const [state, { id }] of messages) {
      const [delivery] = await api<Thing[]>(`/apps/${app.id}/messages/${id}/deliveries`);
      assert.ok(delivery);
      const [explained] = await api<Thing[]>(`/apps/${app.id}/messages/${id}/explain`);
      const line = exported.find((one) => one['message_id'] === id);
      const { attempts_made, next_attempt_at } = delivery;
      assert.equal(delivery['state'], state);
      assert.deepEqual(explained?.['delivery'], { state, attempts_made, next_attempt_at }, state);
      assert.deepEqual(
        [line?.['state'], line?.['attempts_made'], line?.['next_attempt_at']],
        [state, attempts_made, next_attempt_at],
      );
      const page = words(await visitor.get(`/apps/${app.id}/messages/${id}`));
      assert.match(page, new RegExp(`${STATE_LABELS[state].label} (http|deleted)`), state);
      const shown = await api<Thing>(`/apps/${app.id}/messages/${id}`);
      assert.equal(shown['deliveries_count'], 1);
    }
  });

  it('of an attempt are the same in all lists, on its page, in the portal and beside its delivery', async () => {
    const attempts = await api<Thing[]>(`/apps/${app.id}/webhook_attempts?per_page=100`);
    const exported = await api<Thing[]>('/export?include=attempt');
    assert.equal(exported.filter(({ type }) => type === 'attempt').length, attempts.length);
    for (const attempt of attempts) {
      const line = exported.find(({ id }) => id === attempt.id);
      const alone = await api<Thing>(`/apps/${app.id}/webhook_attempts/${attempt.id}`);
      for (const member of ['retry_status', 'next_attempt_at', 'status_message', 'attempt_number'] as const) {
        assert.equal(line?.[member], attempt[member], member);
        assert.equal(alone[member], attempt[member], member);
      }
      const deliveries = await api<Thing[]>(
        `/apps/${app.id}/messages/${String(attempt['message_id'])}/deliveries`,
      );
      const isScheduled = deliveries[0]?.['state'] === 'scheduled';
      assert.equal(attempt['retry_status'] === 'scheduled', isScheduled);
      if (isScheduled) assert.equal(attempt['next_attempt_at'], deliveries[0]?.['next_attempt_at']);
      const page = words(await visitor.get(`/apps/${app.id}/webhook_attempts/${attempt.id}`));
      assert.match(page, new RegExp(`user\\.created\\s+${labelOf(attempt)}`));
    }
    const { url } = server.container.portalLinks.make(subscription, 600);
    const subscriber = await portalVisitor(url);
    const portal = tables(await subscriber.visitor.get(subscriber.home));
    const lists = [await visitor.get('/logs'), await visitor.get(`/apps/${app.id}/webhook_attempts`)].map(
      tables,
    );
    const endpoints = await api<Thing[]>(`/apps/${app.id}/endpoints`);
    const ofEndpoints = attempts.filter((one) => endpoints.some(({ id }) => id === one['endpoint_id']));
    for (const label of Object.values(LABELS)) {
      const counted = (text: string) => text.split(` ${label} `).length - 1;
      const expected = (some: Thing[]) => some.filter((one) => labelOf(one) === label).length;
      assert.deepEqual(lists.map(counted), [expected(attempts), expected(attempts)], label);
      assert.equal(counted(portal), expected(ofEndpoints), `${label}, of the endpoints that are there`);
    }
  });

  it('of an endpoint are the same in lists, on its page, in its statistics and in the export', async () => {
    const exported = await api<Thing[]>('/export?include=endpoint');
    const { url } = server.container.portalLinks.make(subscription, 600);
    const subscriber = await portalVisitor(url);
    const portal = words(await subscriber.visitor.get(subscriber.home));
    const list = words(await visitor.get(`/apps/${app.id}/subscriptions/${subscription.id}`));
    const listed = await api<Thing[]>(`/apps/${app.id}/endpoints`);
    for (const endpoint of listed) {
      const name = String(endpoint['description']);
      const path = `/apps/${app.id}/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
      const stats = await api<Thing & { missed: { failed: number; held: number } }>(`${path}/stats`);
      const line = exported.find(({ id }) => id === endpoint.id);
      assert.deepEqual(line, { type: 'endpoint', ...endpoint }, name);
      assert.deepEqual(await api<Thing>(path), endpoint, name);
      assert.equal(stats['error_rate'], endpoint['error_rate'], name);

      const page = words(await visitor.get(`/apps/${app.id}/endpoints/${endpoint.id}`));
      const { missed } = stats;
      const count = missed.failed + missed.held;
      assert.equal(/missed (\d+) deliver/.exec(page)?.[1] ?? '0', String(count), name);
      assert.equal(
        /(\d+) deliver\w+ waits? for another/.exec(page)?.[1] ?? '0',
        waitingOn(page, stats),
        name,
      );
      const rate = Number(stats['attempts']) === 0 ? '–' : `${String(endpoint['error_rate'])}%`;
      assert.match(list, new RegExp(`${name} .*? ${rate} `), name);
      assert.match(
        page,
        Number(stats['attempts']) === 0 ? /No attempts in the/ : new RegExp(`\\(${rate}\\)`),
        name,
      );
      const badge = BADGES[name] ?? 'On';
      for (const text of [list, portal, page]) assert.ok(text.includes(` ${badge} `), `${name}: ${badge}`);
    }
  });

  it('of an account are the sums of its parts', async () => {
    const listed = await api<Thing[]>(`/apps/${app.id}/endpoints?per_page=100`);
    const { usage } = await api<{ usage: Record<string, unknown> }>('/account');
    assert.equal(usage['endpoints'], listed.length);
    const statistics = await Promise.all(
      listed.map(({ id }) =>
        api<Thing>(`/apps/${app.id}/subscriptions/${subscription.id}/endpoints/${id}/stats`),
      ),
    );
    const inStatistics = statistics.reduce((sum, stats) => sum + Number(stats['attempts']), 0);
    const all = await api<Thing[]>(`/apps/${app.id}/webhook_attempts?per_page=100`);
    const counted = all.filter(({ trigger }) => trigger !== 'test');
    const ofEndpoints = counted.filter((one) => listed.some(({ id }) => id === one['endpoint_id']));
    assert.equal(inStatistics, ofEndpoints.length);
    const dashboard = words(await visitor.get('/dashboard'));
    assert.equal(/Attempts (\d+) to all endpoints/.exec(dashboard)?.[1], String(counted.length));
    const settings = words(await visitor.get('/settings/account'));
    assert.match(settings, new RegExp(`Endpoints ${String(listed.length)} [\\d,]+`));
  });

  async function portalVisitor(url: string) {
    const opened = await visitorOf(server.url).get(url.replace(server.url, ''));
    const cookie = (opened.headers.getSetCookie()[0] ?? '').split(';')[0];
    return { visitor: visitorOf(server.url, cookie), home: opened.location };
  }
});

const BADGES: Record<string, string> = {
  'turned off': 'Turned off',
  'off by hand': 'Off',
  failing: 'Failing',
};

const LABELS = { succeeded: 'Succeeded', scheduled: 'Retrying', failed: 'Failed' };

function labelOf({ status_message: status, retry_status: retry }: Thing): string {
  if (status === 'success') return LABELS.succeeded;
  return retry === 'scheduled' ? LABELS.scheduled : LABELS.failed;
}

/** An endpoint that is on and missed nothing has no need to say what waits. */
function waitingOn(page: string, stats: Thing): string {
  const isSaid =
    /missed \d+ deliver/.test(page) || /turned this endpoint off|We turned the endpoint off/.test(page);
  return isSaid ? String(stats['scheduled']) : '0';
}

const parse = (text: string) => JSON.parse(text) as unknown;

/** What the tables of a page say. */
const tables = ({ status, text }: { status: number; text: string }) =>
  words({ status, text: (text.match(/<table[^]*?<\/table>/g) ?? []).join(' ') });

/** What a page says, without its markup. */
function words({ status, text }: { status: number; text: string }): string {
  assert.equal(status, 200);
  const plain = text.replaceAll(/<(script|style|title)[^]*?<\/\1>/g, ' ').replaceAll(/<[^>]*>/g, ' ');
  return `${plain.replaceAll(/\s+/g, ' ')} `;
}
