import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import { sentAs } from '#src/domain/messages/sent-as.ts';
import { signingKeyOf } from '#src/pipeline/routing/signing-key.ts';
import { requestHeaders } from '#src/pipeline/send/request-headers.ts';
import { apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

/** Every name that we set, whatever the prefix. */
const FIXED = ['content-type', 'user-agent', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];

/** A name as it is, and in the spellings that receivers by CGI cannot tell from it. */
const spellings = (name: string) => [name, name.toUpperCase(), name.replaceAll('-', '_')];

describe('a header that we set is refused, and named, in', () => {
  for (const prefix of ['HostedHooks', 'X', 'Acme-Corp']) {
    test(`messages of an app with the prefix ${prefix}`, async () => {
      const api = await apiOfNewAccount(server);
      const { app, subscription, endpoint } = await makeApp(api);
      await api.patch(`/apps/${app.id}`, { header_prefix: prefix });
      const names = [...FIXED, ...Object.values(ownHeaders(prefix))].flatMap(spellings);
      for (const name of names) {
        const message = {
          event_type: 'user.created',
          version: '1.0',
          data: 1,
          headers: { [name]: 'forged' },
        };
        const { status, body } = await api.post(`/apps/${app.id}/messages`, message);
        assert.deepEqual([status, body.details[0]?.path], [422, 'headers'], name);
        assert.ok(body.details[0]?.message.includes(`must not set "${name}"`), name);
      }

      const message = { event_type: 'user.created', version: '1.0', data: 1 };
      const forged = { ...message, headers: { 'x-tenant': '7', [`${prefix}-Attempt`]: '9' } };
      const ways: [path: string, body: unknown, headers?: Record<string, string>][] = [
        [`/subscriptions/${subscription.id}/messages`, forged],
        [`/subscriptions/${subscription.id}/endpoints/${endpoint.id}/messages`, forged],
        [`/apps/${app.id}/messages/batch`, { messages: [message, forged] }],
        [
          `/apps/${app.id}/publish?event_type=user.created&version=1.0`,
          '{}',
          { [`x-forward-${prefix}-Attempt`]: '9' },
        ],
      ];
      for (const [path, body, headers] of ways) {
        const answer = await api.post(path, body, headers);
        assert.deepEqual([answer.status, answer.text.includes('must not set')], [422, true], path);
      }
      assert.deepEqual((await api.get(`/apps/${app.id}/messages`)).rows, []);
    });
  }
});

test('all other headers of a message arrive, also those that begin with the prefix', async () => {
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api, { url: receiver.url });
  await api.patch(`/apps/${app.id}`, { header_prefix: 'X' });
  const given = {
    ...{ 'X-Tenant': '7', 'x-attempts': '3', Accept: 'text/plain' },
    ...{ 'HostedHooks-Foo': 'a', hostedhooks_tenant: 'b', 'Webhook-Version': 'c' },
  };
  const message = { event_type: 'user.created', version: '1.0', data: 1, headers: given };
  assert.equal((await api.post(`/apps/${app.id}/messages`, message)).status, 201);
  const { headers, rawHeaders } = await receiver.nextRequest();
  for (const [name, value] of Object.entries(given)) assert.equal(headers[name.toLowerCase()], value, name);
  assert.match(headers['user-agent'] ?? '', /^X\/\d/);
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  assert.equal(new Set(names).size, names.length);
});

test('an endpoint takes a header under the prefix of its app, and none that we set', async () => {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api);
  await api.patch(`/apps/${app.id}`, { header_prefix: 'Acme' });
  const path = `/subscriptions/${subscription.id}/endpoints`;
  const hmac = { type: 'hmac', algorithm: 'sha256', encoding: 'hex', secret: 'x' };
  const refused: [path: string, rules: object][] = [
    ['headers', { headers: { acme_attempt: '9' } }],
    ['headers', { headers: { 'HTTP-Acme-Signature': 'x' } }],
    ['auth.name', { auth: { type: 'api_key', name: 'Acme-Event_Id', value: 'x', in: 'header' } }],
    ['auth.header', { auth: { ...hmac, header: 'acme-signature' } }],
    ['auth.timestamp_header', { auth: { ...hmac, header: 'x-sign', timestamp_header: 'Acme-Trigger' } }],
  ];
  for (const [at, rules] of refused) {
    const url = 'http://127.0.0.1:9/';
    for (const { status, body } of [
      await api.patch(`${path}/${endpoint.id}`, rules),
      await api.post(path, { url, version: '1.0', ...rules }),
    ]) {
      assert.deepEqual([status, body.details[0]?.path], [422, at], JSON.stringify(rules));
      assert.match(body.details[0]?.message ?? '', /must not set .*, which we set ourselves/);
    }
  }
  const free = { headers: { 'Acme-Foo': '1', 'HostedHooks-Foo': '2' } };
  assert.equal((await api.patch(`${path}/${endpoint.id}`, free)).status, 200);
});

test('our own header wins when the app got its prefix after the message', () => {
  const id = uuidv7(0);
  const headers = { 'Acme-Attempt': '99', acme_delivery: 'x', 'acme-tenant': '7' };
  const message = { id, headers, contentType: null, eventId: null } as unknown as Message;
  const sent = requestHeaders({
    message,
    body: '{}',
    endpoint: { id, signingKeys: [signingKeyOf('secret')] },
    app: sentAs({ headerPrefix: 'Acme', rules: {} }),
    attemptNumber: 1,
    trigger: 'automatic',
    isPossibleDuplicate: false,
    attemptedAtMs: 0,
    version: '1.0.0',
  });
  assert.deepEqual([sent['Acme-Attempt'], sent['acme_delivery'], sent['acme-tenant']], ['1', undefined, '7']);
});

test('an app sends under a user agent of its own, and leaves out the headers that it chose', async () => {
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const post = async () => {
    const message = { event_type: 'user.created', version: '1.0', data: 1, event_id: randomUUID() };
    assert.equal((await api.post(`/apps/${app.id}/messages`, message)).status, 201);
    const { headers } = await receiver.nextRequest();
    return Object.keys(headers)
      .filter((name) => name.startsWith('hostedhooks-'))
      .sort();
  };
  const all = ['attempt', 'delivery', 'event-id', 'signature', 'trigger'].map(
    (name) => `hostedhooks-${name}`,
  );
  assert.deepEqual(await post(), all);
  const user_agent = 'Acme/2.0 (+https://acme.example)';
  const changes = { user_agent, informational_headers: { trigger: false, event_id: false } };
  const { body } = await api.patch(`/apps/${app.id}`, changes);
  const chosen = { delivery: true, attempt: true, trigger: false, event_id: false };
  assert.deepEqual([body.user_agent, body.informational_headers], [user_agent, chosen]);
  assert.deepEqual(await post(), ['hostedhooks-attempt', 'hostedhooks-delivery', 'hostedhooks-signature']);
  assert.equal(receiver.requests.at(-1)?.headers['user-agent'], user_agent);
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  const [attempt] = (await api.get(`/apps/${app.id}/endpoints/${endpoint.id}/webhook_attempts`)).rows;
  const shown = Object.keys(attempt?.request_headers as object).map((name) => name.toLowerCase());
  assert.deepEqual(
    ['trigger', 'attempt'].map((name) => shown.includes(`hostedhooks-${name}`)),
    [false, true],
  );
  for (const wrong of ['', ' a', 'a\nb', 'é', 'x'.repeat(201)])
    assert.equal((await api.patch(`/apps/${app.id}`, { user_agent: wrong })).status, 422, wrong);
  // An endpoint has no such rule.
  assert.equal((await api.patch(path, { user_agent: 'x' })).status, 422);
});

test('every webhook says that it takes any answer, and why it is sent', async () => {
  await using receiver = await startReceiver();
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const triggerOf = async () => {
    const { headers } = await receiver.nextRequest();
    assert.equal(headers.accept, '*/*');
    return headers['hostedhooks-trigger'];
  };
  await api.post(`/apps/${app.id}/messages`, { event_type: 'user.created', version: '1.0', data: 1 });
  assert.equal(await triggerOf(), 'automatic');
  await api.post(`/subscriptions/${subscription.id}/endpoints/${endpoint.id}/test`, {
    event_type: 'user.created',
  });
  assert.equal(await triggerOf(), 'test');

  receiver.behave(answer(410));
  await api.post(`/apps/${app.id}/messages`, { event_type: 'user.created', version: '1.0', data: 2 });
  assert.equal(await triggerOf(), 'automatic');
  receiver.behave(answer(200));
  const path = `/apps/${app.id}/webhook_attempts`;
  const attemptWith = async (trigger: string, status: string) => {
    let found: Thing | undefined;
    await eventually(`an attempt by ${trigger}`, async () => {
      const { rows } = await api.get(`${path}?status=${status}`);
      found = rows.find((attempt) => attempt.trigger === trigger);
      return found !== undefined;
    });
    return found?.id ?? '';
  };
  const failed = await attemptWith('automatic', 'failed');
  await api.patch(`/subscriptions/${subscription.id}/endpoints/${endpoint.id}`, { status: 'active' });
  await api.post(`${path}/${failed}/replay`);
  assert.equal(await triggerOf(), 'replay');
  const replayed = await attemptWith('replay', 'success');
  const shown = (await api.get(`${path}/${replayed}`)).body.request_headers;
  assert.equal(shown['HostedHooks-Trigger'], 'replay');
});

test('an event_id arrives as a header whatever it holds', async () => {
  await using receiver = await startReceiver();
  const { post } = await createSubscribedApp(server, { url: receiver.url });
  const eventIds = {
    'order-1:paid': 'order-1:paid',
    'two words': 'two%20words',
    'two%20words': 'two%2520words',
    'evil\r\nx-injected: 1': 'evil%0D%0Ax-injected:%201',
    'Größe 😀': 'Gr%C3%B6%C3%9Fe%20%F0%9F%98%80',
    'tab\tand \u007f': 'tab%09and%20%7F',
  };
  for (const [eventId, expected] of Object.entries(eventIds)) {
    await post({ eventId });
    const { headers } = await receiver.nextRequest();
    assert.equal(headers['hostedhooks-event-id'], expected);
    assert.equal(headers['hostedhooks-attempt'], '1');
    assert.equal(headers['x-injected'], undefined);
  }
});
