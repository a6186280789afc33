import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());

async function makeChanneledApp() {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { eventType: 'order.paid' });
  const endpoints = `/subscriptions/${subscription.id}/endpoints`;
  const url = 'http://127.0.0.1:9/';
  const reasonsIn = (rows: Record<string, unknown>[]) =>
    Object.fromEntries(rows.map((row) => [row['endpoint_id'], row['reason']]));
  return {
    api,
    app,
    endpoints,
    all: endpoint.id,
    add: async (changes: object) => (await api.post(endpoints, { url, version: '1.0', ...changes })).body,
    post: async (more: object) => {
      const message = { event_type: 'order.paid', version: '1.0', data: {}, ...more };
      const { body } = await api.post(`/apps/${app.id}/messages`, message);
      const { rows } = await api.get(`/apps/${app.id}/messages/${body.id}/explain`);
      return { message: body, reasons: reasonsIn(rows) };
    },
    past: async (id: string) => reasonsIn((await api.get(`/apps/${app.id}/messages/${id}/explain`)).rows),
    dryRun: async (more: object) => {
      const message = { event_type: 'order.paid', version: '1.0', ...more };
      return reasonsIn((await api.post(`/apps/${app.id}/messages/explain`, message)).rows);
    },
  };
}

describe('channels', () => {
  it('bring a message only where one is shared, or to endpoints without', async () => {
    const { api, app, all, add, post, dryRun, past, endpoints } = await makeChanneledApp();
    const eu = await add({ channels: ['eu', 'tenant-42'] });
    const us = await add({ channels: ['us'] });
    assert.deepEqual(eu['channels'], ['eu', 'tenant-42']);

    const { message, reasons } = await post({ channels: ['asia', 'eu'] });
    assert.deepEqual(message['channels'], ['asia', 'eu']);
    assert.deepEqual(reasons, { [all]: null, [eu.id]: null, [us.id]: 'channel' });
    assert.deepEqual((await post({})).reasons, { [all]: null, [eu.id]: null, [us.id]: null });
    assert.deepEqual((await post({ channels: [] })).reasons, { [all]: null, [eu.id]: null, [us.id]: null });
    assert.deepEqual(await dryRun({ channels: ['us'] }), { [all]: null, [eu.id]: 'channel', [us.id]: null });

    await api.patch(`${endpoints}/${us.id}`, { channels: ['eu'] });
    await api.patch(`${endpoints}/${all}`, { channels: ['us'] });
    assert.deepEqual(await past(message.id), { [all]: null, [eu.id]: null, [us.id]: 'channel' });
    const listed = (await api.get(`/apps/${app.id}/messages/${message.id}/deliveries`)).rows;
    assert.equal(listed.length, 2);
  });

  it('are posted in batches and as a parameter, too', async () => {
    const { api, app, add } = await makeChanneledApp();
    await add({ channels: ['us'] });
    const message = { event_type: 'order.paid', version: '1.0', data: {}, channels: ['eu'] };
    const batch = await api.post(`/apps/${app.id}/messages/batch`, [message, { ...message, channels: null }]);
    assert.deepEqual(
      batch.rows.map((row) => row['deliveries_count']),
      [1, 2],
    );
    const path = `/apps/${app.id}/publish?event_type=order.paid&version=1.0`;
    const one = await api.post(`${path}&channels=eu,asia`, '{}');
    assert.deepEqual([one.body['deliveries_count'], one.body['channels']], [1, ['eu', 'asia']]);
    assert.equal((await api.post(`${path}&channels=eu,%20`, '{}')).status, 422);
  });

  it('are refused with the path of what is wrong', async () => {
    const { api, app, endpoints, all } = await makeChanneledApp();
    const paths = async (body: object) =>
      (await api.patch(`${endpoints}/${all}`, body)).body.details.map(({ path }) => path);
    assert.deepEqual(await paths({ channels: ['a', 'b c'] }), ['channels.1']);
    assert.deepEqual(await paths({ channels: ['x'.repeat(65)] }), ['channels.0']);
    const message = { event_type: 'order.paid', version: '1.0', data: {}, channels: Array(11).fill('a') };
    assert.equal((await api.post(`/apps/${app.id}/messages`, message)).status, 422);
  });
});

describe('a pattern of event types', () => {
  it('stands for those that begin so, also for later ones, and is explained when it is past', async () => {
    const { api, app, all, add, post, past, endpoints } = await makeChanneledApp();
    const orders = await add({ enabled_events: ['order.*'] });
    const users = await add({ enabled_events: ['user.*', 'user.deleted.*'] });
    assert.deepEqual(orders['enabled_events'], ['order.*']);
    assert.deepEqual(
      orders.webhook_events.map(({ event_type: type }) => type),
      ['order.paid'],
    );
    const { message, reasons } = await post({});
    assert.deepEqual(reasons, { [all]: null, [orders.id]: null, [users.id]: 'event_type' });

    for (const type of ['order.paid.late', 'orders', 'order']) {
      await api.post(`/apps/${app.id}/webhook_events`, { event_type: type });
    }
    assert.equal((await post({ event_type: 'order.paid.late' })).reasons[orders.id], null);
    assert.equal((await post({ event_type: 'orders' })).reasons[orders.id], 'event_type');
    assert.equal((await post({ event_type: 'order' })).reasons[orders.id], 'event_type');
    const types = (await api.get(`${endpoints}/${orders.id}`)).body.webhook_events;
    assert.deepEqual(types.map(({ event_type: type }) => type).sort(), ['order.paid', 'order.paid.late']);

    await api.patch(`${endpoints}/${orders.id}`, { enabled_events: ['order.paid.*'] });
    assert.equal((await post({})).reasons[orders.id], 'event_type');
    assert.equal((await past(message.id))[orders.id], null);
    await api.patch(`${endpoints}/${users.id}`, { enabled_events: ['order.paid', 'user.*'] });
    assert.equal((await past(message.id))[users.id], 'event_type');
    const { body } = await api.get(`${endpoints}/${users.id}`);
    assert.deepEqual(body['enabled_events'], ['order.paid', 'user.*']);
  });

  it('ends with a dot and an asterisk, or is refused', async () => {
    const { api, endpoints, all } = await makeChanneledApp();
    for (const type of ['order*', '*.paid', '.*', 'order.*.paid', 'order.**']) {
      const { status } = await api.patch(`${endpoints}/${all}`, { enabled_events: [type] });
      assert.equal(status, 422, type);
    }
    const everything = await api.patch(`${endpoints}/${all}`, { enabled_events: ['order.*', '*'] });
    assert.equal(everything.body['enabled_events'], '*');
  });
});
