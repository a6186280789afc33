import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);
const message = { event_type: 'user.created', version: '1.0', data: { id: 1 } };

describe('a message', () => {
  test('is answered 201 with all of it, and can be read again', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/messages`;
    const answer = await api.post(path, { ...message, headers: { 'X-Shop': 'a b' } });
    assert.equal(answer.status, 201);
    const { id, created_at, ...rest } = answer.body;
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, {
      ...message,
      event_id: null,
      override_payload: false,
      headers: { 'X-Shop': 'a b' },
      channels: null,
      deliver_at: null,
      ordering_key: null,
      coalesce_key: null,
      content_type: null,
      data_base64: null,
      deliveries_count: 1,
    });
    assert.equal((await api.get(`${path}/${id}`)).text, answer.text);
    assert.equal((await api.get(path)).text, `[${answer.text}]`);
  });

  test('goes to every endpoint of the app, those of a subscription, or one', async () => {
    const { app, subscription, endpoint } = await makeApp(api);
    const more = { url: 'http://127.0.0.1:9/', version: '1.0' };
    await api.post(`/subscriptions/${subscription.id}/endpoints`, more);
    const { body: other } = await api.post(`/apps/${app.id}/subscriptions`, { name: 'Other', uid: 'other' });
    await api.post(`/subscriptions/${other.id}/endpoints`, { ...more, uid: 'third' });
    const counts: [string, number][] = [
      [`/apps/${app.id}`, 3],
      [`/subscriptions/${subscription.id}`, 2],
      [`/subscriptions/${subscription.id}/endpoints/${endpoint.id}`, 1],
      ['/subscriptions/other', 1],
      ['/subscriptions/other/endpoints/third', 1],
    ];
    for (const [path, count] of [...counts, ...counts]) {
      const answer = await api.post(`${path}/messages`, message);
      assert.equal(answer.status, 201, path);
      assert.equal(answer.body.deliveries_count, count, path);
    }
  });

  test('cannot be posted to what is gone: 404', async () => {
    const { app, subscription, endpoint } = await makeApp(api);
    const [endpointPath, subscriptionPath] = [
      `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`,
      `/subscriptions/${subscription.id}`,
    ];
    for (const path of [endpointPath, subscriptionPath, `/apps/${app.id}`]) {
      assert.equal((await api.post(`${path}/messages`, message)).status, 201);
      assert.equal((await api.delete(path)).status, 204);
      assert.equal((await api.post(`${path}/messages`, message)).status, 404, path);
    }
  });

  test('cannot be posted to an endpoint through a subscription that it is not of', async () => {
    const { app, endpoint } = await makeApp(api);
    const { body: other } = await api.post(`/apps/${app.id}/subscriptions`, { name: 'Other' });
    const path = `/subscriptions/${other.id}/endpoints/${endpoint.id}`;
    assert.equal((await api.post(`${path}/messages`, message)).status, 404);
    assert.equal((await api.get(path)).status, 404);
  });

  test('may name an app by a uid that is shaped like one of our ids', async () => {
    const uid = randomUUID();
    await api.post('/apps', { name: 'A', uid });
    await api.post(`/apps/${uid}/webhook_events`, { event_type: 'user.created' });
    assert.equal((await api.post(`/apps/${uid}/messages`, message)).status, 201);
  });

  test('with the same event_id is answered with the first one, and nothing is sent', async () => {
    await using receiver = await startReceiver();
    const { app } = await makeApp(api, { url: receiver.url });
    const post = () => api.post(`/apps/${app.id}/messages`, { ...message, event_id: 'order-1' });
    const answers = await Promise.all([post(), post(), post(), post(), post()]);
    answers.push(await post());
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 201]);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    for (const { status, headers } of answers) {
      assert.equal(headers.get('idempotent-replayed'), status === 200 ? 'true' : null);
    }
    await receiver.nextRequest();
    assert.equal(receiver.requests.length, 1);
    assert.equal((await api.get(`/apps/${app.id}/messages?event_id=order-1`)).rows.length, 1);
  });
});

describe('data', () => {
  const spellings: [string, string][] = [
    ['numbers as written', '{"price":1.0,"big":9007199254740993,"tiny":1e-400,"minus":-0}'],
    ['the order of keys', '{"b":1,"a":2,"10":3,"9":4}'],
    ['keys that come twice', '{"a":1,"a":2}'],
    ['whitespace', '{ "a" :\n\t[ 1 , 2 ] }'],
    [
      'unicode, escaped or not',
      '{"ü":"\\u00fc €","emoji":"😀\\ud83d\\ude00","lone":"\\ud800","nul":"\\u0000"}',
    ],
    ['escapes', '{"path":"a\\/b\\\\","quote":"\\""}'],
    ['a text', '"just text"'],
    ['a list', '[1.50,[],{}]'],
    ['null', 'null'],
    ['deep nesting', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ];
  for (const [name, data] of spellings) {
    test(`is passed on and shown byte for byte: ${name}`, async () => {
      await using receiver = await startReceiver();
      const { app } = await makeApp(api, { url: receiver.url });
      const body = `{"event_type":"user.created", "data" : ${data} ,"version":"1.0"}`;
      const answer = await api.post(`/apps/${app.id}/messages`, body);
      assert.equal(answer.status, 201);
      assert.ok(answer.text.includes(`"data":${data},`));
      const received = (await receiver.nextRequest()).body.toString();
      assert.ok(received.endsWith(`,"data":${data}}`));
      assert.ok(
        (await api.get(`/apps/${app.id}/messages/${answer.body.id}`)).text.includes(`"data":${data},`),
      );
    });
  }

  test('is the whole body with override_payload', async () => {
    await using receiver = await startReceiver();
    const { app } = await makeApp(api, { url: receiver.url });
    const body = `{"event_type":"user.created","version":"1.0","override_payload":true,"data":{"a": 1.0}}`;
    const answer = await api.post(`/apps/${app.id}/messages`, body);
    assert.ok(answer.text.includes('"data":{"a": 1.0},'));
    assert.equal((await receiver.nextRequest()).body.toString(), '{"a": 1.0}');
  });

  test('of two members called data the last counts, as in JSON.parse', async () => {
    const { app } = await makeApp(api);
    const body = `{"event_type":"user.created","version":"1.0","data":1,"d\\u0061ta":{"x":2.0}}`;
    const answer = await api.post(`/apps/${app.id}/messages`, body);
    assert.ok(answer.text.includes('"data":{"x":2.0},'));
  });
});

describe('a message is refused with 422', () => {
  const wrong: [string, object, RegExp][] = [
    ['without event_type', { version: '1.0', data: {} }, /event_type is required/],
    [
      'with type in its place',
      { type: 'user.created', version: '1.0', data: {} },
      /type is unknown; did you mean event_type\?/,
    ],
    ['without both', { event_type: 'user.created' }, /version is required; data is required/],
    ['without version', { event_type: 'user.created', data: {} }, /version is required/],
    ['with a number as version', { ...message, version: 1.0 }, /version must be text, not the number 1/],
    ['without data', { event_type: 'user.created', version: '1.0' }, /data is required/],
    ['of a type that the app lacks', { ...message, event_type: 'user.exploded' }, /user\.exploded/],
    ['with a number as event_id', { ...message, event_id: 5 }, /event_id must be text/],
    ['with a NUL in event_id', { ...message, event_id: 'a\0' }, /NUL/],
    ['with a long event_id', { ...message, event_id: 'x'.repeat(256) }, /at most 255 characters/],
    ['with a wrong deliver_at', { ...message, deliver_at: 'tomorrow' }, /deliver_at must be a time/],
    ['with a text as override_payload', { ...message, override_payload: 'yes' }, /true or false/],
    ['with headers that are a list', { ...message, headers: ['a'] }, /headers must be an object/],
    ['with a header name that is no token', { ...message, headers: { 'a b': '1' } }, /"a b"/],
    ['with a line break in a header', { ...message, headers: { a: '1\r\nb: 2' } }, /printable ASCII/],
    ['with a number as header', { ...message, headers: { a: 1 } }, /must have for "a" a text/],
    ['with one of our headers', { ...message, headers: { 'Content-Length': '1' } }, /which we set/],
    ['with a signature of its own', { ...message, headers: { 'Webhook-Signature': 'v1' } }, /which we set/],
    [
      'with too many headers',
      {
        ...message,
        headers: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`x-${String(n)}`, ''])),
      },
      /at most 20/,
    ],
  ];
  test('and all that is wrong is said at once, also what the app does not have', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/messages`;
    const wrong = { ...message, event_type: 'user.creatd', event_id: 7 };
    const pathsOf = async (to: string, body: unknown) => {
      const answer = await api.post(to, body);
      assert.equal(answer.status, 422);
      return answer.body.details.map((detail: { path: string }) => detail.path);
    };
    assert.deepEqual(await pathsOf(path, wrong), ['event_id', 'event_type']);
    assert.deepEqual(await pathsOf(path, { ...wrong, event_type: 7 }), ['event_type', 'event_id']);
    assert.deepEqual(await pathsOf(path, { ...message, event_id: 7 }), ['event_id']);
    assert.deepEqual(await pathsOf(`${path}/batch`, [message, { ...wrong, event_id: null }, { ...wrong }]), [
      'messages.2.event_id',
      'messages.1.event_type',
      'messages.2.event_type',
    ]);
    assert.deepEqual(await pathsOf(`/apps/${randomUUID()}/messages`, wrong), ['event_id']);
    // What is no message of this form has no event type either.
    assert.deepEqual(await pathsOf(`${path}/batch`, { event_type: 'nope' }), ['messages', 'event_type']);
    const { body } = await api.post(`${path}/batch`, [wrong, wrong]);
    assert.match(
      body.message,
      /^messages\.0\.event_id must be text.*; messages\.1\.event_id .*7\. The app has no/,
    );
    assert.equal(body.message.split('user.creatd').length - 1, 1);
  });

  test('and says what is wrong and where', async () => {
    const { app } = await makeApp(api);
    for (const [name, body, expected] of wrong) {
      const answer = await api.post(`/apps/${app.id}/messages`, body);
      assert.equal(answer.status, 422, name);
      assert.match(answer.body.message, expected, name);
      assert.equal(answer.body.error, answer.body.message);
      assert.ok(answer.body.details.length > 0, name);
    }
  });
});

describe('the list of messages', () => {
  test('is filtered by event type, event id and time', async () => {
    const { app } = await makeApp(api);
    const path = `/apps/${app.id}/messages`;
    await api.post(`/apps/${app.id}/webhook_events`, { event_type: 'other' });
    const { body: first } = await api.post(path, { ...message, event_id: 'one' });
    const { body: second } = await api.post(path, { ...message, event_type: 'other' });
    const found = async (query: string) => (await api.get(`${path}?${query}`)).rows.map(({ id }) => id);
    assert.deepEqual(await found(''), [second.id, first.id]);
    assert.deepEqual(await found('event_type=other'), [second.id]);
    assert.deepEqual(await found('event_id=one'), [first.id]);
    const afterSecond = new Date(Date.parse(second.created_at) + 1).toISOString();
    assert.deepEqual(await found(`since=${first.created_at}&until=${afterSecond}`), [second.id, first.id]);
    assert.ok(!(await found(`until=${second.created_at}`)).includes(second.id), 'until is exclusive');
    assert.equal((await found('until=9999-12-31T23:59:59.999Z')).length, 2);
    const unencoded = await api.get(`${path}?since=2001-01-01T00:00:00+02:00`);
    assert.deepEqual([unencoded.status, unencoded.body.error.includes('encode + as %2B')], [422, true]);
    assert.deepEqual(await found('since=2999-01-01'), []);
    assert.deepEqual(await found('until=2001-01-01T00:00:00%2B02:00'), []);
    assert.equal((await api.get(`${path}?since=now`)).status, 422);
    assert.equal((await api.get(`${path}?event_id=%00`)).status, 422);
  });

  test('is filtered by the subscription that a message is for, by its id or uid', async () => {
    const { app, endpoint, subscription: one } = await makeApp(api);
    const { body: two } = await api.post(`/apps/${app.id}/subscriptions`, { name: 'Two', uid: 'two' });
    const { body: toOne } = await api.post(`/subscriptions/${one.id}/messages`, message);
    const { body: toTwo } = await api.post(`/subscriptions/${two.id}/messages`, message);
    const { body: toAll } = await api.post(`/apps/${app.id}/messages`, message);
    const found = async (of: string) =>
      (await api.get(`/apps/${app.id}/messages?subscription_id=${of}`)).rows.map(({ id }) => id);
    assert.deepEqual(await found(one.id), [toAll.id, toOne.id], 'its endpoint got what was for all');
    assert.deepEqual(await found('two'), [toTwo.id], 'it has no endpoint');
    assert.deepEqual(await found(app.id), []);
    const off = await api.patch(`/subscriptions/${one.id}/endpoints/${endpoint.id}`, { status: 'inactive' });
    assert.equal(off.status, 200);
    const { body: held } = await api.post(`/apps/${app.id}/messages`, message);
    assert.deepEqual(
      await found(one.id),
      [held.id, toAll.id, toOne.id],
      'what is held for it is for it, too',
    );
    assert.deepEqual(await found('two'), [toTwo.id]);
    assert.equal((await api.get(`/apps/${app.id}/messages?subscription_id=nobody`)).status, 404);
  });

  test('of deliveries: one for each endpoint', async () => {
    await using receiver = await startReceiver();
    const { app, endpoint } = await makeApp(api, { url: receiver.url });
    const { body } = await api.post(`/apps/${app.id}/messages`, message);
    const {
      status,
      rows: deliveries,
      first,
    } = await api.get(`/apps/${app.id}/messages/${body.id}/deliveries`);
    assert.equal(status, 200);
    assert.equal(deliveries.length, 1);
    assert.deepEqual(Object.keys(first), [
      'message_id',
      'endpoint_id',
      'state',
      'reason',
      'attempts_made',
      'next_attempt_at',
    ]);
    assert.equal(first.endpoint_id, endpoint.id);
  });
});
