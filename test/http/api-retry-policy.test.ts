import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const POLICY = { strategy: 'linear', interval_seconds: 1, count: 3, response_status_codes: ['>=500'] };

test('an endpoint has no retry policy at first; one that is set is answered, and null takes it away', async () => {
  const api = await apiOfNewAccount(server);
  const { app, endpoint } = await makeApp(api);
  const path = `/subscriptions/${(await api.get(`/apps/${app.id}/subscriptions`)).first.id}/endpoints/${endpoint.id}`;
  assert.equal(endpoint['retry_policy'], null);
  assert.equal(app['retry_policy'], null);

  assert.deepEqual((await api.patch(path, { retry_policy: POLICY })).body['retry_policy'], POLICY);
  assert.deepEqual((await api.patch(path, { description: 'Orders' })).body['retry_policy'], POLICY);
  assert.equal((await api.patch(path, { retry_policy: null })).body['retry_policy'], null);
  assert.deepEqual(
    (await api.patch(`/apps/${app.id}`, { retry_policy: POLICY })).body['retry_policy'],
    POLICY,
  );
});

test('of the two forms of a schedule, both at once are refused, and the later takes the place of the other', async () => {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api);
  for (const path of [`/subscriptions/${subscription.id}/endpoints/${endpoint.id}`, `/apps/${app.id}`]) {
    const both = await api.patch(path, { retry_delays: [5], retry_policy: POLICY });
    assert.equal(both.status, 422);
    assert.deepEqual(
      both.body.details.map((detail) => detail.path),
      ['retry_policy'],
    );
    await api.patch(path, { retry_delays: [5] });
    const byPolicy = (await api.patch(path, { retry_policy: POLICY })).body;
    assert.deepEqual([byPolicy['retry_delays'], byPolicy['retry_policy']], [null, POLICY]);
    const byDelays = (await api.patch(path, { retry_delays: [5] })).body;
    assert.deepEqual([byDelays['retry_delays'], byDelays['retry_policy']], [[5], null]);
  }
});

test('a policy that cannot be meant is refused with the path of what is wrong', async () => {
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api);
  const wrong: [string, object][] = [
    ['retry_policy.count', { ...POLICY, count: 51 }],
    ['retry_policy.strategy', { ...POLICY, strategy: 'random' }],
    ['retry_policy.interval_seconds', { ...POLICY, interval_seconds: 0 }],
    ['retry_policy.response_status_codes.1', { ...POLICY, response_status_codes: ['>=500', '!1000'] }],
    ['retry_policy.response_status_codes.1', { ...POLICY, response_status_codes: ['!503', '599-500'] }],
    ['retry_policy.response_status_codes.0', { ...POLICY, response_status_codes: ['<200'] }],
    ['retry_policy.response_status_codes.0', { ...POLICY, response_status_codes: ['>599'] }],
  ];
  for (const [path, retry_policy] of wrong) {
    const { status, body } = await api.patch(`/apps/${app.id}`, { retry_policy });
    assert.equal(status, 422, path);
    assert.deepEqual(
      body.details.map((detail) => detail.path),
      [path],
    );
  }
});

test('an answer that the policy does not retry ends the delivery and leaves the endpoint on', async () => {
  await using receiver = await startReceiver(answer(422));
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  await api.patch(path, { retry_policy: POLICY });
  const posted = { event_type: 'user.created', version: '1.0', data: {} };
  const { body: message } = await api.post(`/apps/${app.id}/messages`, posted);
  await eventually('given up', async () => {
    const { first } = await api.get(`/apps/${app.id}/messages/${message.id}/deliveries`);
    return first['state'] === 'failed';
  });
  assert.equal(receiver.requests.length, 1);
  assert.equal((await api.get(path)).body['status'], 'active');

  receiver.behave(answer(500));
  await api.post(`/apps/${app.id}/messages`, posted);
  await receiver.firstRequests(3);
});
