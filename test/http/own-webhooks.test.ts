import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { EVENT_TYPES } from '#src/domain/announcements/event-types.ts';
import { PROVIDERS } from '#src/domain/announcements/providers-app.ts';
import { writeProviders } from '#src/domain/announcements/write-providers.ts';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { putOnPlan, useMessagesBut } from '#test/support/quotas.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const OWN = '/account/webhook_endpoints';
const NEWS = ['endpoint.warned', 'endpoint.disabled', 'endpoint.enabled', 'usage.threshold'];
const OF_MESSAGES = ['message.attempt.exhausted', 'message.attempt.recovered'];

interface Told {
  type: string;
  version: string;
  data: {
    subscriber: { id: string; uid: string | null; name: string; email: string | null };
    endpoint: { id: string; status: string };
    app: { id: string; uid: string | null; name: string };
    actor: { type: string; email?: string };
    message: { id: string; event_id: string | null };
    last_attempt: { id: string; attempt_number: number; status_code: number | null };
  };
}

describe('our own webhooks', () => {
  let server: TestServer;
  let receiver: Receiver;
  before(async () => {
    server = await sharedServer();
    receiver = await startReceiver();
  });
  after(async () => {
    await receiver.close();
    await server[Symbol.asyncDispose]();
  });

  /** What arrived at a path of the receiver. */
  const toldAt = (path: string): Told[] =>
    receiver.requests
      .filter(({ path: at }) => at === path)
      .map(({ body }) => JSON.parse(body.toString()) as Told);
  const toldOf = (path: string) => toldAt(path).map(({ type }) => type);
  /** An account that hears of itself at a path of its own. */
  const listener = async (path: string, more: object = {}): Promise<Api> => {
    const api = await apiOfNewAccount(server);
    const { status } = await api.post(OWN, { url: `${receiver.url}${path}`, ...more });
    assert.equal(status, 201);
    return api;
  };
  const browserOf = async ({ accountId }: Api): Promise<CookieBrowser> => {
    const browser = new CookieBrowser(server);
    const { rows } = await server.container.pool.query<{ id: string }>(
      'select id from heroku_resources where account_id = $1',
      [accountId],
    );
    await browser.signOn(rows[0]?.id ?? '');
    return browser;
  };
  const arrive = (path: string, count: number) =>
    eventually(`${String(count)} at ${path}`, () => toldAt(path).length >= count);

  it('tells of a subscriber once, signed, with what the schema says', async () => {
    const api = await listener('/ways', { enabled_events: ['subscriber.created'] });
    const { body: app } = await api.post('/apps', { name: 'Shop', uid: 'shop' });
    await api.post(`/apps/${app.id}/subscriptions`, { name: 'By API', email: 'dev@globex.example' });
    await api.put(`/apps/${app.id}/subscriptions/upserted`, {});
    await api.put(`/apps/${app.id}/endpoints/new`, {
      url: receiver.url,
      version: '1.0',
      subscription: { uid: 'with-endpoint' },
    });
    await arrive('/ways', 3);
    const told = toldAt('/ways');
    const names = told.map(({ data }) => data.subscriber.name);
    assert.deepEqual(names.sort(), ['By API', 'upserted', 'with-endpoint']);
    const byApi = told.find(({ data }) => data.subscriber.name === 'By API');
    assert.deepEqual([byApi?.type, byApi?.version], ['subscriber.created', '1.0']);
    assert.deepEqual(byApi?.data.app, { id: app.id, uid: 'shop', name: 'Shop' });
    assert.equal(byApi.data.subscriber.email, 'dev@globex.example');
    const log = () => api.get('/account/webhook_attempts');
    await eventually('3 in the log', async () => (await log()).rows.length === 3);
    const request = receiver.requests.find(({ path: at }) => at === '/ways');
    assert.match(String(request?.headers['webhook-signature']), /^v1,/);
  });

  it('tells of endpoints, and who changed them; a secret is in none of it', async () => {
    const api = await listener('/endpoints');
    const { body: app } = await api.post('/apps', { name: 'Shop' });
    const { body: subscriber } = await api.post(`/apps/${app.id}/subscriptions`, { name: 'Globex' });
    const path = `/subscriptions/${subscriber.id}/endpoints`;
    const secret = 'a-secret-that-nobody-is-told-0123456789';
    const { body: endpoint } = await api.post(path, { url: receiver.url, version: '1.0', secret });
    await arrive('/endpoints', 2);
    await api.patch(`${path}/${endpoint.id}`, { status: 'inactive' });
    await arrive('/endpoints', 3);
    await api.patch(`${path}/${endpoint.id}`, { status: 'active', version: '2.0' });
    await arrive('/endpoints', 5);
    await api.delete(`${path}/${endpoint.id}`);
    await arrive('/endpoints', 6);
    await api.patch(`/subscriptions/${subscriber.id}`, { name: 'Globex Inc' });
    await arrive('/endpoints', 7);
    await api.delete(`/subscriptions/${subscriber.id}`);
    await arrive('/endpoints', 8);
    assert.deepEqual(toldOf('/endpoints').sort(), [
      'endpoint.created',
      'endpoint.deleted',
      'endpoint.disabled',
      'endpoint.enabled',
      'endpoint.updated',
      'subscriber.created',
      'subscriber.deleted',
      'subscriber.updated',
    ]);
    const off = toldAt('/endpoints').find(({ type }) => type === 'endpoint.disabled');
    assert.deepEqual([off?.data.endpoint.id, off?.data.endpoint.status], [endpoint.id, 'inactive']);
    assert.deepEqual(off?.data.actor, { type: 'api_key' });
    assert.ok(!JSON.stringify(toldAt('/endpoints')).includes(secret));
  });

  it('tells when we warn of an endpoint, turn it off and on again, and of what is used', async () => {
    const api = await listener('/health', { enabled_events: NEWS });
    const { app, endpoint, subscription } = await makeApp(api, { url: `${receiver.url}/broken` });
    await api.patch(`/apps/${app.id}`, { retry_delays: [0.01] });
    receiver.behave(({ request, response }) => {
      response.writeHead(request.path === '/broken' ? 500 : 200).end();
    });
    const message = { event_type: 'user.created', version: '1.0', data: {} };
    await api.post(`/apps/${app.id}/messages`, message);
    await arrive('/health', 2);
    const of = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    receiver.behave(({ response }) => void response.writeHead(200).end());
    await api.patch(of, { status: 'active' });
    await arrive('/health', 3);
    assert.deepEqual(toldOf('/health').sort(), ['endpoint.disabled', 'endpoint.enabled', 'endpoint.warned']);
    const off = toldAt('/health').find(({ type }) => type === 'endpoint.disabled')?.data;
    assert.deepEqual(off?.actor, { type: 'system' });
    assert.deepEqual(
      [off.endpoint.id, off.subscriber.id, off.app.id],
      [endpoint.id, subscription.id, app.id],
    );
    await putOnPlan(server, api.accountId, 'hobby');
    await useMessagesBut(server, api.accountId, 5001);
    server.container.quota.invalidate(api.accountId);
    await api.post(`/apps/${app.id}/messages`, message);
    await arrive('/health', 4);
    const used = toldAt('/health').at(-1);
    assert.equal(used?.type, 'usage.threshold');
    assert.deepEqual(Object.keys(used.data).sort(), ['limit', 'percent', 'plan', 'resets_at', 'used']);
  });

  it('tells of a delivery that was given up, and when a replay brings it after all', async () => {
    const api = await listener('/deliveries', { enabled_events: OF_MESSAGES });
    const { app, endpoint, subscription } = await makeApp(api, { url: `${receiver.url}/closed` });
    await api.patch(`/apps/${app.id}`, { retry_delays: [0.01] });
    receiver.behave(({ request, response }) => {
      response.writeHead(request.path === '/closed' ? 503 : 200).end();
    });
    const message = { event_type: 'user.created', version: '1.0', data: {}, event_id: 'order-42' };
    const { body: posted } = await api.post(`/apps/${app.id}/messages`, message);
    await arrive('/deliveries', 1);
    receiver.behave(({ response }) => void response.writeHead(200).end());
    const of = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    await api.patch(of, { status: 'active' });
    assert.equal((await api.post(`${of}/replay`, {})).status, 202);
    await arrive('/deliveries', 2);
    const [exhausted, recovered] = toldAt('/deliveries');
    assert.deepEqual([exhausted?.type, recovered?.type], OF_MESSAGES);
    for (const told of [exhausted, recovered]) {
      assert.deepEqual([told?.data.message.id, told?.data.message.event_id], [posted.id, 'order-42']);
      assert.deepEqual([told?.data.endpoint.id, told?.data.app.id], [endpoint.id, app.id]);
    }
    const attempts = [exhausted, recovered].map((told) => told?.data.last_attempt);
    assert.deepEqual([attempts[0]?.attempt_number, attempts[0]?.status_code], [2, 503]);
    assert.equal(attempts[1]?.status_code, 200);
    const { status } = await api.get(`/apps/${app.id}/webhook_attempts/${attempts[0]?.id ?? ''}`);
    assert.equal(status, 200);
  });

  it('keep what an endpoint misses while it is off, and replay it once, by the API and on the page', async () => {
    const api = await listener('/missed', { enabled_events: ['subscriber.created'] });
    const { first: own } = await api.get(OWN);
    const of = `${OWN}/${own.id}`;
    const browser = await browserOf(api);
    const page = `/settings/webhooks/${own.id}`;
    const { body: app } = await api.post('/apps', { name: 'Shop' });
    const missOne = async (name: string) => {
      await api.patch(of, { status: 'inactive' });
      await api.post(`/apps/${app.id}/subscriptions`, { name });
      await eventually('kept', async () =>
        (await browser.get(page)).text.includes('missed <strong>1 delivery<'),
      );
    };
    await missOne('Globex');
    assert.equal((await api.post(`${of}/replay`, {})).status, 409, 'it is off');
    await api.patch(of, { status: 'active' });
    assert.equal((await (await apiOfNewAccount(server)).post(`${of}/replay`, {})).status, 404);
    const { status, body } = await api.post(`${of}/replay`, {});
    assert.deepEqual([status, body['total']], [202, 1]);
    const replay = `${of}/replays/${body.id}`;
    await eventually('sent on', async () => (await api.get(replay)).body['done'] === 1);
    assert.equal((await (await apiOfNewAccount(server)).get(replay)).status, 404);
    assert.equal((await api.delete(replay)).body['status'], 'done', 'it was over');
    await arrive('/missed', 1);
    await eventually('the page says so', async () => (await browser.get(page)).text.includes('1 of 1 sent'));
    await eventually('nothing left', async () => !(await browser.get(page)).text.includes('Replay 1'));
    assert.equal((await api.post(`${of}/replay`, {})).body['total'], 0);

    await missOne('Initech');
    await api.patch(of, { status: 'active' });
    const replayed = await browser.post(`${page}/replay`, {});
    assert.equal(replayed.status, 303);
    await arrive('/missed', 2);
    assert.deepEqual(
      toldAt('/missed').map(({ data }) => data.subscriber.name),
      ['Globex', 'Initech'],
    );
    const { rows } = await api.get('/account/audit_events?action=replay.started');
    assert.equal(rows.length, 2);
  });

  it('sends what the published schemas say; its own samples are so, too', async () => {
    const app = await server.container.ownEndpoints.app();
    const events = await server.container.webhookEvents.list(app, { limit: 100, offset: 0 });
    assert.deepEqual(events.map(({ eventType }) => eventType).sort(), Object.keys(EVENT_TYPES).sort());
    const { schemaChecker } = server.container;
    const schemas = new Map(events.map(({ eventType, schema }) => [eventType, JSON.stringify(schema)]));
    const samples = events.map(({ eventType, samplePayloadText: data }) => ({ type: eventType, data }));
    const paths = ['/endpoints', '/ways', '/health', '/deliveries', '/missed'];
    const sent = paths.flatMap(toldAt).map(({ type, data }) => ({ type, data: JSON.stringify(data) }));
    assert.ok(sent.length >= 19);
    for (const { type, data } of [...samples, ...sent]) {
      const problems = await schemaChecker.check(PROVIDERS.accountId, {
        schema: schemas.get(type) ?? '',
        data,
      });
      assert.deepEqual(problems, [], type);
    }
  });

  it('enqueues nothing when nobody hears, and nothing that a rolled back change would have told', async () => {
    const deaf = await apiOfNewAccount(server);
    const { body: app } = await deaf.post('/apps', { name: 'Shop' });
    await deaf.post(`/apps/${app.id}/subscriptions`, { name: 'Globex', uid: 'globex' });
    const picky = await listener('/picky', { enabled_events: ['usage.threshold'] });
    const { body: own } = await picky.post('/apps', { name: 'Shop' });
    await picky.post(`/apps/${own.id}/subscriptions`, { name: 'Globex' });
    const keen = await listener('/keen');
    const { body: shop } = await keen.post('/apps', { name: 'Shop' });
    await keen.put(`/apps/${shop.id}/subscriptions/globex`, {});
    const again = await keen.post(`/apps/${shop.id}/subscriptions`, { name: 'Again', uid: 'globex' });
    assert.equal(again.status, 409);
    const { rows } = await server.container.pool.query<{ account: string }>(
      `select data->>'accountId' as account from pgboss.job where name = 'own-webhooks'
       and data->>'accountId' = any($1)`,
      [[deaf.accountId, picky.accountId, keen.accountId]],
    );
    assert.deepEqual(rows, [{ account: keen.accountId }]);
  });

  it('has endpoints that are nobody else’s, in an audit log that is the account’s', async () => {
    const api = await listener('/mine', { description: 'Ours' });
    const { first: mine } = await api.get(OWN);
    assert.deepEqual([mine.url, mine['description']], [`${receiver.url}/mine`, 'Ours']);
    const stranger = await listener('/theirs');
    for (const path of [`${OWN}/${mine.id}`, `${OWN}/${mine.id}/secret`]) {
      assert.equal((await stranger.get(path)).status, 404);
    }
    assert.equal((await api.get(`/apps/${PROVIDERS.appId}`)).status, 404);
    const test = await api.post(`${OWN}/${mine.id}/test`, { event_type: 'endpoint.warned' });
    assert.deepEqual([test.status, test.body['status_message']], [200, 'success']);
    assert.equal((await api.get('/account/webhook_attempts')).first['event_type'], 'endpoint.warned');
    assert.deepEqual((await stranger.get('/account/webhook_attempts')).rows, []);
    const changed = await api.patch(`${OWN}/${mine.id}`, { enabled_events: ['endpoint.warned'] });
    assert.deepEqual(changed.body['enabled_events'], ['endpoint.warned']);
    const { status, body } = await api.patch(`${OWN}/${mine.id}`, { enabled_events: ['order.created'] });
    assert.match(`${String(status)} ${body.error}`, /^422 We send no .*There are subscriber\.created, /);
    assert.equal((await api.delete(`${OWN}/${mine.id}`)).status, 204);
    const { rows } = await api.get('/account/audit_events?q=endpoint.');
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['endpoint.deleted', 'endpoint.updated', 'endpoint.created'],
    );
  });

  it('posts one message, however often its job runs', async () => {
    const { accountId } = await listener('/once');
    const { sample: data } = EVENT_TYPES['usage.threshold'];
    const job = { accountId, type: 'usage.threshold', eventId: randomUUID(), data };
    const { announcementPoster, pool } = server.container;
    await Promise.all([announcementPoster.post(job), announcementPoster.post(job)]);
    await announcementPoster.post(job);
    const { rows } = await pool.query<{ count: number }>(
      'select count(*)::int as count from messages where account_id = $1 and event_id = $2',
      [PROVIDERS.accountId, job.eventId],
    );
    assert.deepEqual(rows, [{ count: 1 }]);
    await arrive('/once', 1);
  });

  it('are there once, however often a release makes them', async () => {
    const { pool } = server.container;
    const read = () =>
      pool.query('select * from webhook_events where account_id = $1 order by id', [PROVIDERS.accountId]);
    const [before] = [await read()];
    await Promise.all([writeProviders(pool), writeProviders(pool)]);
    assert.deepEqual((await read()).rows, before.rows);
  });
});
