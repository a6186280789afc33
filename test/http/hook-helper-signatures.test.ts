import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  createSigningKey,
  createStandardSigningKey,
  signHostedHooks,
  signStandardWebhooks,
} from '#src/infra/lib/signature.ts';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const BODY = '{"a":1}';

describe('the signature of what arrives at a Hook Helper', () => {
  let api: Api;
  let url: string;
  let helperId: string;
  let appId: string;
  let endpointId: string;
  let endpointPath: string;
  let secret: string;

  before(async () => {
    api = await apiOfNewAccount(server);
    const { body: helper } = await api.post('/hook_helpers', {});
    url = server.url + new URL(helper.url).pathname;
    helperId = helper.id;
    const { app, subscription, endpoint } = await makeApp(api, { url: `${url}/deep?x=1` });
    appId = app.id;
    endpointId = endpoint.id;
    endpointPath = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    secret = (await api.get(`${endpointPath}/secret`)).body.secret;
  });

  const now = () => Math.floor(Date.now() / 1000);
  const own = (seconds: number, key = secret) => ({
    'HostedHooks-Signature': signHostedHooks(createSigningKey(key), seconds, BODY),
  });
  const standard = (timestampSeconds: number, key = secret) => ({
    'webhook-id': 'm1',
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': `v1,${'A'.repeat(43)}= ${signStandardWebhooks(createStandardSigningKey(key), {
      id: 'm1',
      timestampSeconds,
      body: BODY,
    })}`,
  });

  async function verdictOn(
    headers: Record<string, string>,
    { body = BODY, to = url, by = api, id = helperId } = {},
  ) {
    assert.equal((await fetch(to, { method: 'POST', body, headers })).status, 200);
    const { first } = await by.get(`/hook_helpers/${id}/requests`);
    return first['signature'];
  }
  const found = (verdict: string, schemes: string[] = []) => ({
    verdict,
    endpoint_id: schemes.length > 0 ? endpointId : null,
    schemes,
  });

  test('of a webhook of ours is valid, both ways', async () => {
    const sent = { event_type: 'user.created', version: '1.0', data: { id: 1 } };
    assert.equal((await api.post(`/apps/${appId}/messages`, sent)).status, 201);
    const arrived = async () => (await api.get(`/hook_helpers/${helperId}/requests`)).rows[0];
    await eventually('it arrives', async () => (await arrived()) !== undefined);
    assert.deepEqual((await arrived())?.['signature'], found('valid', ['hostedhooks', 'standard_webhooks']));
  });

  test('is valid by either scheme alone', async () => {
    assert.deepEqual(await verdictOn(own(now())), found('valid', ['hostedhooks']));
    assert.deepEqual(await verdictOn(standard(now())), found('valid', ['standard_webhooks']));
    const both = { ...own(now(), 'another'), ...standard(now() - 200) };
    assert.deepEqual(await verdictOn(both), found('valid', ['standard_webhooks']));
  });

  test('by another secret, or of another body, is wrong', async () => {
    assert.deepEqual(await verdictOn(own(now(), 'another')), found('wrong_secret'));
    assert.deepEqual(await verdictOn(standard(now(), 'another')), found('wrong_secret'));
    assert.deepEqual(await verdictOn(own(now()), { body: '{"a": 1}' }), found('wrong_secret'));
    assert.deepEqual(await verdictOn({ ...standard(now()), 'webhook-id': 'm2' }), found('wrong_secret'));
  });

  test('is stale when its time is more than five minutes off', async () => {
    for (const seconds of [now() - 400, now() + 400]) {
      assert.deepEqual(await verdictOn(own(seconds)), found('stale', ['hostedhooks']));
      assert.deepEqual(await verdictOn(standard(seconds)), found('stale', ['standard_webhooks']));
    }
  });

  test('is missing where none could be read', async () => {
    const incomplete = { ...standard(now()), 'webhook-timestamp': '' };
    for (const headers of [{}, { 'HostedHooks-Signature': 'nonsense' }, incomplete]) {
      assert.deepEqual(await verdictOn(headers), found('missing'));
    }
  });

  test('is not ours where no endpoint of the account posts, whoever else posts there', async () => {
    const stranger = await apiOfNewAccount(server);
    const { body: helper } = await stranger.post('/hook_helpers', {});
    const to = server.url + new URL(helper.url).pathname;
    const theirs = { to, by: stranger, id: helper.id };
    assert.deepEqual(await verdictOn(own(now()), theirs), found('not_ours'));
    // The owner of the secret posts to a Hook Helper of somebody else.
    assert.equal((await api.patch(endpointPath, { url: to })).status, 200);
    assert.deepEqual(await verdictOn(own(now()), theirs), found('not_ours'));
    assert.deepEqual(await verdictOn(own(now())), found('not_ours'));
    assert.equal((await api.patch(endpointPath, { url })).status, 200);
  });

  test('keeps its verdict, and is valid by a secret that was rotated while that still signs', async () => {
    const old = own(now());
    assert.equal((await api.post(`${endpointPath}/secret/rotate`, { grace_seconds: 3600 })).status, 200);
    assert.deepEqual(await verdictOn(old), found('valid', ['hostedhooks']));
    assert.equal((await api.post(`${endpointPath}/secret/rotate`, { grace_seconds: 0 })).status, 200);
    const { body } = await api.get(`/hook_helpers/${helperId}/requests?per_page=1`);
    assert.deepEqual(
      (body as unknown as [{ signature: unknown }])[0].signature,
      found('valid', ['hostedhooks']),
    );
  });

  test('is looked for under the header prefix of the app', async () => {
    await api.patch(`/apps/${appId}`, { header_prefix: 'Acme' });
    const { body } = await api.get(`${endpointPath}/secret`);
    const { 'HostedHooks-Signature': signature } = own(now(), body.secret);
    assert.deepEqual(await verdictOn({ 'Acme-Signature': signature }), found('valid', ['hostedhooks']));
    assert.deepEqual(await verdictOn({ 'HostedHooks-Signature': signature }), found('missing'));
  });

  test('of what our own webhooks tell the account is valid', async () => {
    const { body: helper } = await api.post('/hook_helpers', {});
    const to = server.url + new URL(helper.url).pathname;
    const { body: endpoint } = await api.post('/account/webhook_endpoints', { url: to });
    const ownSecret = (await api.get(`/account/webhook_endpoints/${endpoint.id}/secret`)).body.secret;
    const verdict = await verdictOn(own(now(), ownSecret), { to, id: helper.id });
    assert.deepEqual(verdict, { verdict: 'valid', endpoint_id: endpoint.id, schemes: ['hostedhooks'] });
    // Also of our own app, but of another account's.
    const stranger = await apiOfNewAccount(server);
    const { body: theirs } = await stranger.post('/account/webhook_endpoints', { url: to });
    const { body: secretOfThem } = await stranger.get(`/account/webhook_endpoints/${theirs.id}/secret`);
    const forged = own(now(), secretOfThem.secret);
    assert.deepEqual(await verdictOn(forged, { to, id: helper.id }), found('wrong_secret'));
  });

  test('is not checked by an endpoint that is not of the newest 10, and is not called wrong', async () => {
    const { body: helper } = await api.post('/hook_helpers', {});
    const to = server.url + new URL(helper.url).pathname;
    const { endpoint, subscription } = await makeApp(api, { url: to });
    const path = `/subscriptions/${subscription.id}/endpoints`;
    const oldest = (await api.get(`${path}/${endpoint.id}/secret`)).body.secret;
    const at = { to, id: helper.id };
    const add = () => api.post(path, { url: to, version: '1.0' });
    for (let n = 1; n < 10; n += 1) await add();
    const known = { verdict: 'valid', endpoint_id: endpoint.id, schemes: ['hostedhooks'] };
    assert.deepEqual(await verdictOn(own(now(), oldest), at), known);
    assert.deepEqual(await verdictOn(own(now(), 'another'), at), found('wrong_secret'));
    const { body: newest } = await add();
    for (const headers of [own(now(), oldest), own(now(), 'another'), {}]) {
      assert.deepEqual(await verdictOn(headers, at), found('not_checked'));
    }
    const { secret: last } = (await api.get(`${path}/${newest.id}/secret`)).body;
    assert.deepEqual(await verdictOn(own(now(), last), at), { ...known, endpoint_id: newest.id });
  });

  test('what arrived can be deleted', async () => {
    assert.equal((await api.delete(`/hook_helpers/${helperId}/requests`)).status, 204);
    assert.deepEqual((await api.get(`/hook_helpers/${helperId}/requests`)).rows, []);
    const stranger = await apiOfNewAccount(server);
    assert.equal((await stranger.delete(`/hook_helpers/${helperId}/requests`)).status, 404);
  });
});
