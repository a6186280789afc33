import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { publishingWorld } from '#test/support/publishing.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const worldAt = (receiver: Receiver | undefined) => publishingWorld(server, receiver);

describe('the query says', () => {
  test('whose endpoints get it, by the id or the uid of the subscription', async () => {
    const { api, app, subscription, publish } = await worldAt(undefined);
    await api.post(`/apps/${app.id}/subscriptions`, { name: 'Other', uid: 'other' });
    const counts = { [subscription.id]: 1, other: 0 };
    for (const [name, count] of Object.entries(counts)) {
      const { status, body } = await publish('x', { query: { subscription: name } });
      assert.deepEqual([status, body['deliveries_count']], [201, count]);
    }
    assert.equal((await publish('x')).body['deliveries_count'], 1);
  });

  test("and cannot name another app's or account's subscription", async () => {
    const mine = await worldAt(undefined);
    const strange = await worldAt(undefined);
    const { app: second, subscription: ofSecond } = await makeApp(mine.api);
    for (const id of [strange.subscription.id, ofSecond.id, 'none']) {
      assert.equal((await mine.publish('x', { query: { subscription: id } })).status, 404);
    }
    assert.equal((await mine.publish('x', { to: strange.app.id })).status, 404);
    assert.equal(
      (await mine.publish('x', { to: second.id, query: { subscription: ofSecond.id } })).status,
      201,
    );
  });

  test('by which keys it is put in order, and replaces another that waits', async () => {
    const { api, app, endpointPath, publish } = await worldAt(undefined);
    const rules = { ordering: 'fifo', coalesce: true };
    assert.equal((await api.patch(endpointPath, rules)).status, 200);
    await api.post(`${endpointPath}/pause`);
    const query = { ordering_key: 'order-1', coalesce_key: 'total-1' };
    const { status, body: first } = await publish('a', { query });
    assert.deepEqual([status, first['ordering_key'], first['coalesce_key']], [201, 'order-1', 'total-1']);
    await publish('b', { query });
    await eventually('superseded', async () => {
      const { rows } = await api.get(`/apps/${app.id}/messages/${first.id}/deliveries`);
      return rows[0]?.['reason'] === 'superseded';
    });
  });

  test('what is wrong with it, by its name', async () => {
    const { publish } = await worldAt(undefined);
    const keys = { ordering_key: 'x'.repeat(256), coalesce_key: 'x'.repeat(256) };
    const ids = { event_id: 'x'.repeat(256), subscription: 'a b' };
    const wrong = { event_type: '', version: 'x'.repeat(65), ...ids, ...keys };
    for (const [name, value] of Object.entries(wrong)) {
      const { status, body } = await publish('x', { query: { [name]: value } });
      assert.deepEqual([status, body.details[0]?.path], [422, name]);
    }
    const unknown = await publish('x', { query: { event_type: 'user.never' } });
    assert.deepEqual([unknown.status, unknown.body.code], [422, 'unknown_event_type']);
  });
});

describe('headers that begin with X-Forward-', () => {
  test('go on without it, others do not', async () => {
    await using receiver = await startReceiver();
    const { publish } = await worldAt(receiver);
    const headers = {
      'X-Forward-X-Tenant': 'globex',
      'x-forward-accept': 'a/b',
      'x-other': '1',
      'x-forwarded-for': '1.2.3.4',
    };
    const published = await publish('x', { headers });
    assert.deepEqual(published.body.headers, { 'x-tenant': 'globex', accept: 'a/b' });
    const { headers: arrived } = await receiver.nextRequest();
    assert.deepEqual([arrived['x-tenant'], arrived.accept], ['globex', 'a/b']);
    for (const name of ['x-other', 'x-forwarded-for', 'x-forward-x-tenant', 'authorization']) {
      assert.equal(arrived[name], undefined, name);
    }
  });

  for (const name of [
    'host',
    'content-type',
    'content-length',
    'transfer-encoding',
    'connection',
    'webhook-signature',
    'hostedhooks-signature',
    'http_hostedhooks_signature',
    'proxy-authorization',
    'user-agent',
    '',
  ]) {
    test(`cannot be ${name === '' ? 'without a name' : name}`, async () => {
      const { publish } = await worldAt(undefined);
      const { status, body } = await publish('x', { headers: { [`x-forward-${name}`]: 'x' } });
      assert.deepEqual([status, body.details[0]?.path], [422, 'x-forward-*']);
    });
  }
});
