import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Api, type ApiAnswer, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const SCHEMA = {
  type: 'object',
  required: ['amount'],
  properties: { amount: { type: 'number' }, lines: { type: 'array', items: { type: 'string' } } },
};

describe('the schemas of an event', () => {
  let server: TestServer;
  let api: Api;

  before(async () => {
    server = await sharedServer();
    api = await apiOfNewAccount(server);
  });
  after(() => server[Symbol.asyncDispose]());

  test('are kept, and enforced only when that is asked for', async () => {
    const { path, message } = await makeEvent({ schema: SCHEMA });
    const { body: event } = await api.get(path);
    assert.deepEqual([event['schema'], event['enforce'], event['versions']], [SCHEMA, false, []]);
    assert.equal((await post(message({ amount: 'much' }))).status, 201);

    const { status } = await api.patch(path, { enforce: true, sample_payload: { amount: 1 } });
    assert.equal(status, 200);
    const refused = await post(message({ amount: 'much' }));
    assert.deepEqual(
      [refused.status, refused.body.code, refused.body.details],
      [422, 'schema_violation', [{ path: 'data.amount', message: 'must be number' }]],
    );
    assert.match(refused.body.message, /data\.amount must be number/);
    assert.equal((await post(message({ amount: 1.5 }))).status, 201);
    assert.equal((await api.patch(path, { enforce: false })).status, 200);
    assert.equal((await post(message({ amount: 'much' }))).status, 201);
  });

  test('hold at every address that takes messages', async () => {
    const { path, message, made } = await makeEvent({ schema: SCHEMA });
    await api.patch(path, { enforce: true, sample_payload: { amount: 1 } });
    const { app, subscription, endpoint } = made;
    const { body } = message({ amount: 1, lines: ['a', 2] });
    for (const address of [
      `/apps/${app.id}/messages`,
      `/subscriptions/${subscription.id}/messages`,
      `/subscriptions/${subscription.id}/endpoints/${endpoint.id}/messages`,
      `/apps/${app.id}/messages/explain`,
    ]) {
      const answer = await api.post(address, body);
      assert.equal(answer.status, 422, address);
      assert.deepEqual(pathsOf(answer), ['data.lines.1'], address);
      const good = await api.post(address, { ...body, data: { amount: 1 } });
      assert.equal(good.status, address.endsWith('explain') ? 200 : 201);
    }
    assert.equal((await api.post(`/apps/${app.id}/messages/explain`, without(body, 'data'))).status, 200);
    assert.equal((await api.get(`/apps/${app.id}/messages`)).rows.length, 3);
  });

  test('a batch with one message that is not so is refused as a whole, with its place', async () => {
    const { path, message, made } = await makeEvent({ schema: SCHEMA });
    await api.patch(path, { enforce: true, sample_payload: { amount: 1 } });
    const good = message({ amount: 1 }).body;
    const batch = [good, good, good, { ...good, data: {} }, { ...good, data: 1 }];
    const answer = await api.post(`/apps/${made.app.id}/messages/batch`, batch);
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.body.details, [
      { path: 'messages.3.data.amount', message: 'is required' },
      { path: 'messages.4.data', message: 'must be object' },
    ]);
    assert.deepEqual((await api.get(`/apps/${made.app.id}/messages`)).rows, []);
    assert.equal((await api.post(`/apps/${made.app.id}/messages/batch`, [good, good])).status, 201);
  });

  test('differ by version; what a version leaves out is as for all', async () => {
    const versions = [
      { version: '2.0', schema: { type: 'string' }, example: 'two' },
      { version: '3.0', example: { amount: 3.0 } },
    ];
    const { path, message } = await makeEvent({ schema: SCHEMA });
    const { status } = await api.patch(path, { enforce: true, sample_payload: { amount: 1 }, versions });
    assert.equal(status, 200);
    const statusOf = async (data: unknown, version: string) => (await post(message(data, version))).status;
    assert.equal(await statusOf('text', '2.0'), 201);
    assert.equal(await statusOf({ amount: 1 }, '2.0'), 422);
    for (const version of ['1.0', '3.0']) {
      assert.equal(await statusOf({ amount: 1 }, version), 201);
      assert.equal(await statusOf('text', version), 422);
    }
    assert.deepEqual((await api.get(path)).body['versions'], [
      versions[0],
      { version: '3.0', schema: null, example: { amount: 3 } },
    ]);
  });

  test('examples are kept as they were written, and are what a test of their version sends', async () => {
    await using receiver = await startReceiver();
    const { path, made } = await makeEvent({}, receiver.url);
    const written = '{"amount": 1.0, "id":12345678901234567890}';
    await api.patch(path, `{"versions":[{"version":"1.0","example":${written} }],"sample_payload":{}}`);
    assert.ok((await api.get(path)).text.includes(`"example":${written}`));
    const { subscription, endpoint } = made;
    const address = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    await api.post(`${address}/test`, { event_type: 'user.created' });
    assert.ok((await receiver.nextRequest()).body.toString().endsWith(`"data":${written}}`));
    await api.patch(address, { version: '9.0' });
    await api.post(`${address}/test`, { event_type: 'user.created' });
    assert.ok((await receiver.nextRequest()).body.toString().endsWith('"data":{}}'));
  });

  test('that cannot be used are refused, with the place', async () => {
    const { path, made } = await makeEvent({});
    const wrong: [object, string][] = [
      [{ schema: { properties: { a: { type: 'text' } } } }, 'schema.properties.a.type'],
      [{ schema: { $ref: 'https://example.com/' } }, 'schema.$ref'],
      [{ schema: { pattern: '(?<=a)b' } }, 'schema.pattern'],
      [{ versions: [{ version: '1' }, { version: '2', schema: { type: 1 } }] }, 'versions.1.schema.type'],
      [{ versions: [{ version: '1' }, { version: '1' }] }, 'versions'],
      [{ versions: [{}] }, 'versions.0.version'],
      [{ schema: 'text' }, 'schema'],
      [{ enforce: 'yes' }, 'enforce'],
    ];
    for (const [fields, place] of wrong) {
      for (const answer of [
        await api.patch(path, fields),
        await api.post(`/apps/${made.app.id}/webhook_events`, { event_type: 'other', ...fields }),
      ]) {
        assert.equal(answer.status, 422, place);
        assert.ok(pathsOf(answer).includes(place), `${place}: ${answer.text}`);
      }
    }
  });

  test('an event that enforces them has samples that are so', async () => {
    const { path } = await makeEvent({ schema: SCHEMA, sample_payload: { amount: 'no' } });
    const answer = await api.patch(path, {
      enforce: true,
      versions: [{ version: '2', schema: { type: 'string' }, example: 2 }],
    });
    assert.equal(answer.status, 422);
    assert.deepEqual(pathsOf(answer), ['sample_payload.amount', 'versions.0.example']);
    assert.equal((await api.get(path)).body['enforce'], false, 'nothing was changed');
  });

  test('a change of them holds for the very next message, also of another process', async () => {
    await using other = await startTestServer({ databaseUrl: server.databaseUrl, runs: 'web' });
    const { path, message, made } = await makeEvent({ schema: SCHEMA });
    const elsewhere = async () => {
      const response = await fetch(`${other.url}/api/v1/apps/${made.app.id}/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(message({ amount: 'much' }).body),
      });
      return response.status;
    };
    for (const enforce of [false, true, false, true]) {
      await api.patch(path, { enforce, sample_payload: { amount: 1 } });
      assert.equal(await elsewhere(), enforce ? 422 : 201);
    }
  });

  async function makeEvent(fields: object, url = 'http://127.0.0.1:9/') {
    const made = await makeApp(api, { url });
    const path = `/apps/${made.app.id}/webhook_events/${made.event.id}`;
    assert.equal((await api.patch(path, fields)).status, 200);
    const message = (data: unknown, version = '1.0') => ({
      app: made.app,
      body: { event_type: 'user.created', version, data },
    });
    return { made, path, message };
  }

  const post = ({ app, body }: { app: Thing; body: object }) => api.post(`/apps/${app.id}/messages`, body);
});

const pathsOf = ({ body }: ApiAnswer) => body.details.map(({ path }) => path);

function without(body: object, member: string): object {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== member));
}
