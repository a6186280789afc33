import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { senderAt } from '#src/dev/bench/contenders/others/sender-at.ts';
import type { Behaviour } from '#test/support/behaviours.ts';
import { startReceiver } from '#test/support/receiver.ts';

const ENDPOINTS = ['http://127.0.0.1:9/run1/0', 'http://127.0.0.1:9/run1/1'];

/** Answers each call with what the others answer, as far as it is read. */
const made: Behaviour = ({ response, index }) => {
  const id = `id-${String(index)}`;
  response.writeHead(201, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ id, data: { uid: id } }));
};

async function callsOf(address: (host: string) => string) {
  await using receiver = await startReceiver(made);
  const { host, origin } = new URL(receiver.url);
  const sender = senderAt(address(host));
  const { url, apiKey, envelope } = await sender.createApp(ENDPOINTS);
  const calls = receiver.requests.map(({ method, path, body, headers }) => ({
    call: `${method} ${path}`,
    body: body.length === 0 ? undefined : (JSON.parse(body.toString()) as Record<string, unknown>),
    authorization: headers.authorization,
  }));
  return { calls, path: url.replace(origin, ''), apiKey, envelope };
}

test('Svix gets an application with its endpoints, and messages with a payload', async () => {
  const { calls, path, apiKey, envelope } = await callsOf((host) => `svix+http://a.token@${host}`);
  assert.deepEqual(
    calls.map(({ call }) => call),
    ['POST /api/v1/app', ...ENDPOINTS.map(() => 'POST /api/v1/app/id-0/endpoint')],
  );
  assert.deepEqual(calls.at(-1)?.body, { url: ENDPOINTS[1] });
  assert.ok(calls.every(({ authorization }) => authorization === 'Bearer a.token'));
  assert.deepEqual([path, apiKey], ['/api/v1/app/id-0/msg', 'a.token']);
  assert.deepEqual(envelope, { fields: { eventType: 'user.created' }, dataField: 'payload' });
});

test('Outpost gets a tenant with its destinations, and events of that tenant', async () => {
  const { calls, path, envelope } = await callsOf((host) => `outpost+http://key@${host}`);
  const tenant = envelope?.fields['tenant_id'] ?? '';
  assert.deepEqual(
    calls.map(({ call }) => call),
    [`PUT /api/v1/tenants/${tenant}`, ...ENDPOINTS.map(() => `POST /api/v1/tenants/${tenant}/destinations`)],
  );
  assert.deepEqual(calls[1]?.body, {
    type: 'webhook',
    topics: ['user.created'],
    config: { url: ENDPOINTS[0] },
  });
  assert.equal(path, '/api/v1/publish');
  assert.deepEqual(envelope, { fields: { tenant_id: tenant, topic: 'user.created' }, dataField: 'data' });
});

test('Convoy gets endpoints of one owner with a subscription each, and events for that owner', async () => {
  const { calls, path, apiKey, envelope } = await callsOf((host) => `convoy+http://project:key@${host}`);
  const owner = envelope?.fields['owner_id'];
  const ofEach = ['POST /api/v1/projects/project/endpoints', 'POST /api/v1/projects/project/subscriptions'];
  assert.deepEqual(
    calls.map(({ call }) => call),
    [...ofEach, ...ofEach],
  );
  assert.deepEqual([calls[2]?.body?.['url'], calls[2]?.body?.['owner_id']], [ENDPOINTS[1], owner]);
  assert.equal(calls[3]?.body?.['endpoint_id'], 'id-2');
  assert.deepEqual([path, apiKey], ['/api/v1/projects/project/events/fanout', 'key']);
  assert.deepEqual(envelope, { fields: { owner_id: owner, event_type: 'user.created' }, dataField: 'data' });
});

test('an address of no known kind, and a sender that refuses, are said', async () => {
  for (const address of ['http://127.0.0.1:1', 'sidekiq+http://key@127.0.0.1:1', 'svix+http://']) {
    assert.throws(() => senderAt(address), CannotStart, address);
  }
  await using receiver = await startReceiver(
    ({ response }) => void response.writeHead(401).end('no such token'),
  );
  const sender = senderAt(`svix+http://token@${new URL(receiver.url).host}`);
  await assert.rejects(sender.createApp(ENDPOINTS), /POST \/api\/v1\/app answered 401: no such token/);
});
