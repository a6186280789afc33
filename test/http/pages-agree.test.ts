import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { messageOutcomeOf } from '#src/domain/deliveries/message-success.ts';
import { DELIVERY_STATES, type DeliveryState } from '#src/domain/deliveries/delivery.ts';
import type { EndpointChanges } from '#src/domain/endpoints/endpoints.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import type { Thing } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { Onlooker, words } from '#test/support/onlooker.ts';
import { signedInVisitor } from '#test/support/pages.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { EVENT_TYPE, messageTo } from '#test/support/subscribed-app.ts';

// What two places show of the same thing is the same, in a world that has every state of a delivery and of an endpoint.

const NEVER_SECONDS = 86_400;
/** An attempt that is in flight stays so, however busy the machine is. */
const PATIENT = { DELIVERY_TIMEOUT_MS: '600000', DELIVERY_LEASE_SECONDS: '700' };

describe('numbers and states', () => {
  let server: TestServer;
  let onlooker: Onlooker;
  let receiver: Receiver;
  let app: App;
  let subscription: Subscription;
  const waiting: ServerResponse[] = [];
  const late: ServerResponse[] = [];
  const endpointsByName = new Map<string, EndpointWithParents>();
  const messages = new Map<DeliveryState, Message>();

  before(async () => {
    server = await startTestServer({ env: PATIENT });
    const visitor = await signedInVisitor(server);
    onlooker = new Onlooker(server, visitor);
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
    await made('ignored', await endpoint('filtered', '/ok', { rules: { filter: { body: { id: 2 } } } }));
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

  it('of a delivery are the same in the API, explain, the export and on its message’s page', async () => {
    assert.deepEqual([...messages.keys()].toSorted(), Object.keys(DELIVERY_STATES).toSorted());
    await onlooker.assertDeliveriesAgree(app.id, [...messages]);
  });

  it('of an attempt are the same in all lists, on its page, in the portal and beside its delivery', async () => {
    await onlooker.assertAttemptsAgree(subscription);
  });

  it('of an endpoint are the same in lists, on its page, in its statistics and in the export', async () => {
    const exported = await onlooker.api<Thing[]>('/export?include=endpoint');
    const portal = words(await onlooker.portal(subscription));
    const list = await onlooker.page(`/apps/${app.id}/subscriptions/${subscription.id}`);
    const all = await onlooker.page(`/apps/${app.id}/endpoints`);
    const listed = await onlooker.api<Thing[]>(`/apps/${app.id}/endpoints`);
    for (const endpoint of listed) {
      const name = String(endpoint['description']);
      const path = `/apps/${app.id}/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
      const stats = await onlooker.api<Thing & { missed: { failed: number; held: number } }>(`${path}/stats`);
      const line = exported.find(({ id }) => id === endpoint.id);
      assert.deepEqual(line, { type: 'endpoint', ...endpoint }, name);
      assert.deepEqual(await onlooker.api<Thing>(path), endpoint, name);
      assert.equal(stats['error_rate'], endpoint['error_rate'], name);

      const page = await onlooker.page(`/apps/${app.id}/endpoints/${endpoint.id}`);
      const { missed } = stats;
      const count = missed.failed + missed.held;
      assert.equal(/missed (\d+) deliver/.exec(page)?.[1] ?? '0', String(count), name);
      assert.equal(
        /(\d+) deliver\w+ waits? for another/.exec(page)?.[1] ?? '0',
        waitingOn(page, stats),
        name,
      );
      const rate = Number(stats['attempts']) === 0 ? '–' : `${String(endpoint['error_rate'])}%`;
      assert.match(list, new RegExp(`${name} .*? ${succeededOf(stats)} `), name);
      assert.match(all, new RegExp(`${name} .*? ${succeededOf(stats)} `), name);
      assert.match(
        page,
        Number(stats['attempts']) === 0 ? /No attempts in the/ : new RegExp(`\\(${rate}\\)`),
        name,
      );
      const badge = BADGES[name] ?? 'On';
      for (const text of [list, all, portal, page])
        assert.ok(text.includes(` ${badge} `), `${name}: ${badge}`);
    }
  });

  it('of a subscriber are those of its log, on its page and in the list', async () => {
    const listed = await onlooker.api<Thing[]>(`/apps/${app.id}/endpoints?per_page=100`);
    const isThere = (one: Thing) => listed.some(({ id }) => id === one['endpoint_id']);
    const log = `subscription_id=${subscription.id}&per_page=100`;
    const attempts = (await onlooker.api<Thing[]>(`/apps/${app.id}/webhook_attempts?${log}`)).filter(
      (one) => isThere(one) && one['trigger'] !== 'test',
    );
    const failed = attempts.filter((one) => one['status_message'] === 'failed').length;
    const inState = async (state: string) =>
      (await onlooker.api<Thing[]>(`/apps/${app.id}/deliveries?state=${state}&${log}`)).filter(isThere)
        .length;
    const [givenUp, held] = [await inState('failed'), await inState('held')];
    const share = succeededOf({ attempts: attempts.length, failed });
    const page = await onlooker.page(`/apps/${app.id}/subscriptions/${subscription.id}`);
    for (const shown of [
      `Succeeded, 24 h ${share} attempts`,
      `Failed attempts, 24 h ${String(failed)}`,
      `Given up ${String(givenUp)}`,
      `Held ${String(held)}`,
      `It missed ${String(givenUp + held)} deliveries`,
    ])
      assert.ok(page.includes(` ${shown} `), `${shown}: ${page}`);
    const list = await onlooker.page(`/apps/${app.id}/subscriptions`);
    assert.match(list, new RegExp(`Globex .*? ${share} ${String(givenUp + held)} `));
    const overview = await onlooker.page(`/apps/${app.id}`);
    assert.match(overview, /Succeeded, 24 h [\d.]+% of \d+ attempts Failed attempts, 24 h \d+ /);
  });

  it('of an account are the sums of its parts', async () => {
    const listed = await onlooker.api<Thing[]>(`/apps/${app.id}/endpoints?per_page=100`);
    const { usage } = await onlooker.api<{ usage: Record<string, unknown> }>('/account');
    assert.equal(usage['endpoints'], listed.length);
    const statistics = await Promise.all(
      listed.map(({ id }) =>
        onlooker.api<Thing>(`/apps/${app.id}/subscriptions/${subscription.id}/endpoints/${id}/stats`),
      ),
    );
    const inStatistics = statistics.reduce((sum, stats) => sum + Number(stats['attempts']), 0);
    const all = await onlooker.api<Thing[]>(`/apps/${app.id}/webhook_attempts?per_page=100`);
    const counted = all.filter(({ trigger }) => trigger !== 'test');
    const ofEndpoints = counted.filter((one) => listed.some(({ id }) => id === one['endpoint_id']));
    assert.equal(inStatistics, ofEndpoints.length);
    const failed = counted.filter((one) => one['status_message'] === 'failed').length;
    const off = listed.filter((one) => one['status'] === 'inactive').length;
    const share = succeededOf({ attempts: counted.length, failed });
    const row = new RegExp(
      `Acme (${String(listed.length - off)}) on, ${String(off)} off 1 failing ${share} (just now|\\d+ \\w+ ago)`,
    );
    assert.match(await onlooker.page('/apps'), row);
    const posted = (await onlooker.api<Thing[]>(`/apps/${app.id}/messages?per_page=100`)).length;
    assert.match(
      await onlooker.page('/settings/usage'),
      new RegExp(`Attempts Acme ${String(posted)} ${String(counted.length)} In whole hours`),
    );
    const dashboard = await onlooker.page('/dashboard');
    assert.equal(/Attempts (\d+) to all endpoints/.exec(dashboard)?.[1], String(counted.length));
    const outcomes = Object.groupBy(
      await Promise.all(
        [...messages.values()].map(async (message) =>
          messageOutcomeOf((await deliveriesOf(server.container.pool, message)).map(({ state }) => state)),
        ),
      ),
      (outcome) => outcome,
    );
    assert.deepEqual(
      [outcomes.delivered, outcomes.missed, outcomes.under_way, outcomes.unsent].map((of) => of?.length),
      [1, 2, 2, 2],
    );
    // A test is a message, too, which no route led anywhere.
    for (const query of ['', `?app=${app.id}`, '?range=1h']) {
      const text = await onlooker.page(`/dashboard${query}`);
      assert.match(
        text,
        /Deliveries on track 60% 3 of 5 deliveries, delivered or under way 1 given up 1 held 1 of 5 messages fully delivered 2 missed an endpoint 2 under way 3 went to nobody/,
      );
      assert.match(text, new RegExp(`Attempts ${String(counted.length)} to all endpoints`));
    }
    const settings = await onlooker.page('/settings/account');
    assert.match(settings, new RegExp(`Endpoints ${String(listed.length)} [\\d,]+`));
  });
});

const BADGES: Record<string, string> = {
  'turned off': 'Turned off',
  'off by hand': 'Off',
  failing: 'Failing',
};

/** What of the attempts succeeded, as pages say it. */
function succeededOf({ attempts, failed }: Record<string, unknown>): string {
  const [all, lost] = [Number(attempts), Number(failed)];
  if (all === 0) return '–';
  return `${String(Math.floor(((all - lost) / all) * 1000) / 10)}% of ${String(all)}`;
}

/** An endpoint that is on and missed nothing has no need to say what waits. */
function waitingOn(page: string, stats: Thing): string {
  const isSaid =
    /missed \d+ deliver/.test(page) || /turned this endpoint off|We turned the endpoint off/.test(page);
  return isSaid ? String(stats['scheduled']) : '0';
}
