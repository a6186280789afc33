import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { answer, type Exchange } from '#test/support/behaviours.ts';
import { appsOf, isReplayed, newKey } from '#test/support/idempotency.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

const clock = createJumpingClock();
const SECONDS = 1 / 3600;
const server = await startTestServer({ clock });
after(() => server[Symbol.asyncDispose]());
const { pool } = server.container;

/** The same account at another process. */
const at = ({ url }: TestServer, { apiKey }: Api) => {
  return async (path: string, body: object, headers: Record<string, string>) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
};

/** As if its process had died in the middle. */
const dieInTheMiddle = (api: Api) =>
  pool.query('update idempotency_keys set answer = null where account_id = $1', [api.accountId]);

const second = await startTestServer({ databaseUrl: server.databaseUrl, runs: 'web', clock });
after(() => second[Symbol.asyncDispose]());

describe('at the same time', () => {
  test('it is executed once, in several processes, too; the others wait or get its answer', async () => {
    const api = await apiOfNewAccount(server);
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        at(n % 2 === 0 ? server : second, api)('/apps', { name: 'Acme' }, key),
      ),
    );
    const done = answers.filter(({ status }) => status === 201);
    const waiting = answers.filter(({ status }) => status === 409);
    assert.equal(done.length + waiting.length, 40);
    assert.equal(new Set(done.map(({ text }) => text)).size, 1);
    assert.equal(done.filter(({ headers }) => !headers.has('idempotent-replayed')).length, 1);
    assert.equal(await appsOf(api), 1);
  });

  test('it is told to ask again, while the first is executed', async () => {
    const api = await apiOfNewAccount(server);
    const asked = Promise.withResolvers<Exchange>();
    await using receiver = await startReceiver(asked.resolve);
    const { subscription, endpoint } = await makeApp(api, { url: receiver.url });
    const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}/test`;
    const key = newKey();
    const first = api.post(path, { event_type: 'user.created' }, key);
    const held = await asked.promise;
    const meanwhile = await at(second, api)(path, { event_type: 'user.created' }, key);
    assert.deepEqual([meanwhile.status, meanwhile.headers.get('retry-after')], [409, '1']);
    answer(200)(held);
    assert.equal((await first).status, 200);
    const after = await at(second, api)(path, { event_type: 'user.created' }, key);
    assert.deepEqual([after.status, after.text], [200, (await first).text]);
    assert.equal(receiver.requests.length, 1);
  });
});

describe('when its process dies in the middle', () => {
  test('it can be executed again, by the same request, once the lease is over', async () => {
    const api = await apiOfNewAccount(server);
    const key = newKey();
    await api.post('/apps', { name: 'Acme' }, key);
    await dieInTheMiddle(api);
    clock.jump(58 * SECONDS);
    assert.equal((await api.post('/apps', { name: 'Acme' }, key)).body.code, 'idempotency_key_in_use');
    clock.jump(3 * SECONDS);
    assert.equal((await api.post('/apps', { name: 'Other' }, key)).body.code, 'idempotency_key_reused');
    const again = await api.post('/apps', { name: 'Acme' }, key);
    assert.deepEqual([again.status, isReplayed(again)], [201, false]);
    assert.equal(isReplayed(await api.post('/apps', { name: 'Acme' }, key)), true);
  });
});
