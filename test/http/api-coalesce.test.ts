import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { addHeldDeliveries } from '#test/support/missed-deliveries.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';

const server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '3600,3600' } });
after(() => server[Symbol.asyncDispose]());

/** The words of a page. */
const shown = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

async function browserOf(accountId: string): Promise<CookieBrowser> {
  const { HerokuResource } = server.container.models;
  const resource = await HerokuResource.findOne({ where: { accountId }, rejectOnEmpty: true });
  const browser = new CookieBrowser(server);
  await browser.signOn(resource.id);
  return browser;
}

async function coalescingApp(url: string) {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  const messages = `/apps/${app.id}/messages`;
  assert.equal((await api.patch(path, { coalesce: true })).body['coalesce'], true);
  const message = (key: string | null, more: object = {}) => ({
    ...{ event_type: 'user.created', version: '1.0', data: { key }, coalesce_key: key },
    ...more,
  });
  const stateOf = async (id: string) => {
    const { first } = await api.get(`${messages}/${id}/deliveries`);
    return `${String(first['state'])} ${String(first['reason'])}`;
  };
  return {
    ...{ api, app, endpoint, path, messages, message },
    post: async (key: string | null) => {
      const { status, body } = await api.post(messages, message(key));
      assert.deepEqual([status, body['coalesce_key']], [201, key]);
      return body.id;
    },
    reaches: (id: string, state: string) =>
      eventually(`${id} ${state}`, async () => (await stateOf(id)) === state, 20_000),
  };
}

test('of what waits the newest with a key goes, also of a batch; a replay sends an older one', async () => {
  await using receiver = await startReceiver();
  const { api, path, post, reaches, messages, message } = await coalescingApp(receiver.url);
  await api.post(`${path}/pause`);
  const [first, second] = [await post('a'), await post('a')];
  const [other, none, nor] = [await post('b'), await post(null), await post(null)];
  await reaches(first, 'ignored superseded');
  const { rows } = await api.post(`${messages}/batch`, [message('a'), message('a')]);
  await reaches(second, 'ignored superseded');
  await reaches(rows[0]?.id ?? '', 'ignored superseded');
  await api.post(`${path}/resume`);
  const newest = rows[1]?.id ?? '';
  const sent = (await receiver.firstRequests(4)).map(({ headers }) => headers['webhook-id']);
  assert.deepEqual(sent.toSorted(), [other, none, nor, newest].toSorted());
  for (const id of [other, none, nor, newest]) await reaches(id, 'delivered null');
  await api.post(`${path}/replay`, { status: ['ignored'] });
  for (const id of [first, second]) await reaches(id, 'delivered null');
});

test('what waits for another attempt is replaced, too, and is not sent again', async () => {
  await using receiver = await startReceiver(answer(500));
  const { post, reaches } = await coalescingApp(receiver.url);
  const failed = await post('a');
  const unlike = await post('b');
  await receiver.firstRequests(2);
  await reaches(failed, 'scheduled null');
  receiver.behave(answer(200));
  const newer = await post('a');
  await reaches(newer, 'delivered null');
  await reaches(failed, 'ignored superseded');
  await reaches(unlike, 'scheduled null');
});

test('an estimate of a replay says what newer messages with the same key supersede at the same endpoint', async () => {
  await using receiver = await startReceiver();
  const { api, app, path, post, reaches, message } = await coalescingApp(receiver.url);
  const superseded = async (filter: object = {}) => {
    const { body } = await api.post(`/apps/${app.id}/replays`, { ...filter, dry_run: true });
    const atLeast = body['superseded_is_exact'] === true ? '' : 'at least ';
    return `${atLeast}${String(body['superseded'])} of ${String(body['total'])}`;
  };
  await api.patch(path, { status: 'inactive' });
  for (const key of ['a', 'a', 'a', 'b', 'c', 'd', null, null]) await post(key);
  assert.equal(await superseded(), '0 of 0', 'it is off');
  await api.patch(path, { status: 'active' });
  assert.equal(await superseded(), '2 of 8', 'all but the newest of a');
  assert.equal(await superseded({ q: 'b' }), '0 of 1');

  await reaches(await post('b'), 'delivered null');
  await api.patch(path, { filter: { body: { key: { $neq: 'd' } } } });
  await reaches(await post('d'), 'ignored filtered');
  const { body: other } = await api.post(`/apps/${app.id}/subscriptions`, { name: 'Initech' });
  await api.post(`/subscriptions/${other.id}/endpoints`, { url: receiver.url, version: '1.0' });
  await api.post(`/subscriptions/${other.id}/messages`, message('c'));
  assert.equal(
    await superseded(),
    '3 of 8',
    'one at another endpoint, and one that a rule keeps back, are no newer state',
  );
  assert.equal(await superseded({ q: 'b' }), '1 of 1');
  assert.equal(await superseded({ event_type: 'user.created', status: 'held' }), '3 of 8');
  const browser = await browserOf(api.accountId);
  const { text } = await browser.get(`/apps/${app.id}/replays/new?state=held`);
  assert.match(text, /Replay 8 deliveries/);
  assert.match(
    shown(text),
    /Newer state there 3 of these have a newer message with their key and are sent after it;/,
  );
  await api.patch(path, { coalesce: false });
  assert.equal(await superseded(), '0 of 8');
});

test('an estimate that looked at a part only says at least how many have a newer message', async () => {
  await using receiver = await startReceiver();
  const { api, app, endpoint } = await coalescingApp(receiver.url);
  const { accountId } = api;
  await addHeldDeliveries(server, { app: { id: app.id, accountId }, endpoint }, 501);
  await server.container.pool.query(
    `update messages set coalesce_key = 'zebra', data = '{"key":"zebra"}' where account_id = $1 and app_id = $2`,
    [accountId, app.id],
  );
  const estimate = async (filter: object) => {
    const { body } = await api.post(`/apps/${app.id}/replays`, { ...filter, status: 'held', dry_run: true });
    const counts = ['total', 'is_exact', 'superseded', 'superseded_is_exact'];
    return [...counts, 'deliveries_ahead_is_exact'].map((field) => body[field]);
  };
  assert.deepEqual(await estimate({}), [501, true, 500, true, true]);
  const [total, isExact, superseded, ...are] = await estimate({ q: 'zebra' });
  assert.deepEqual([total, isExact, ...are], [500, false, false, false]);
  assert.ok(superseded === 499 || superseded === 500, 'with the newest among those, or not');
  const browser = await browserOf(api.accountId);
  const { text } = await browser.get(`/apps/${app.id}/replays/new?state=held&q=zebra`);
  assert.match(
    shown(text),
    /At least (499|500) of these have a newer message with their key and are sent after it;/,
  );
  await addHeldDeliveries(server, { app: { id: app.id, accountId }, endpoint }, 1000);
  await server.container.pool.query(
    'update messages set coalesce_key = id where account_id = $1 and app_id = $2',
    [accountId, app.id],
  );
  assert.deepEqual(await estimate({}), [1501, true, 0, false, true], 'of many keys');
});

test('a key is held to its bounds', async () => {
  const { api, messages, message } = await coalescingApp('http://127.0.0.1:9/');
  for (const key of ['', 'x'.repeat(256), 'a\u0000']) {
    const { status, body } = await api.post(messages, message(key));
    assert.deepEqual([status, body.details[0]?.path], [422, 'coalesce_key']);
  }
});
