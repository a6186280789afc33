import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiClient } from '#src/dev/demo/api-client.ts';
import { answer } from '#test/support/behaviours.ts';
import { callPartner } from '#test/support/partner-calls.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

test('the retries of a removed resource stop at once, and those of its neighbour go on', async () => {
  await using server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '1,1,1,1,1,1,1,1' } });
  await using removed = await startReceiver(answer(500));
  await using kept = await startReceiver(answer(500));
  const resourceId = await sendTo(server, removed.url);
  await sendTo(server, kept.url);
  await removed.nextRequest();
  await kept.nextRequest();

  const { status } = await callPartner(server, `DELETE /${resourceId}`);
  assert.equal(status, 204);
  const arrived = removed.requests.length;
  // Two more of the neighbour's show that the wait was long enough for one of ours.
  await kept.firstRequests(kept.requests.length + 2);
  assert.equal(removed.requests.length, arrived);
});

test('a removed resource sends nothing more, in any process', async () => {
  await using server = await startTestServer();
  await using other = await startTestServer({ databaseUrl: server.databaseUrl, runs: 'web' });
  await using receiver = await startReceiver();
  const { apiKey, resourceId } = await server.createAccount();
  await prepare(new ApiClient(server.url, apiKey), receiver.url);
  for (const { url } of [server, other]) assert.equal(await send(url, apiKey), 201);
  await receiver.firstRequests(2);

  await callPartner(server, `DELETE /${resourceId}`);
  assert.equal(await send(server.url, apiKey), 401);
  assert.ok([401, 404].includes(await send(other.url, apiKey)));
  assert.equal(receiver.requests.length, 2);
});

async function sendTo(server: TestServer, url: string): Promise<string> {
  const { apiKey, resourceId } = await server.createAccount();
  await prepare(new ApiClient(server.url, apiKey), url);
  assert.equal(await send(server.url, apiKey), 201);
  return resourceId;
}

async function prepare(api: ApiClient, url: string): Promise<void> {
  await api.send('POST', '/apps', { uid: 'shop', name: 'Shop' });
  await api.send('POST', '/apps/shop/webhook_events', { event_type: 'order.paid' });
  await api.send('PUT', '/apps/shop/endpoints/acme', {
    url,
    version: '1.0',
    enabled_events: '*',
    subscription: { uid: 'acme', name: 'Acme' },
  });
}

async function send(origin: string, apiKey: string): Promise<number> {
  const response = await fetch(`${origin}/api/v1/apps/shop/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ event_type: 'order.paid', version: '1.0', data: { id: 1 } }),
  });
  await response.text();
  return response.status;
}
