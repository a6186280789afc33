import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, test } from 'node:test';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { closeWithoutAnswer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);

async function postMessage(caller: Api, appId: string, eventId: string) {
  const message = { event_type: 'user.created', version: '1.0', event_id: eventId, data: {} };
  const { body, status } = await caller.post(`/apps/${appId}/messages`, message);
  assert.equal(status, 201);
  return body;
}

test('status_code=0 lists the attempts that got no answer, and no others', async () => {
  await using receiver = await startReceiver((exchange) => {
    if (exchange.index === 0) closeWithoutAnswer(exchange);
    else exchange.response.writeHead(exchange.index === 1 ? 200 : 500).end();
  });
  const { app } = await makeApp(api, { url: receiver.url });
  const path = `/apps/${app.id}/webhook_attempts`;
  for (let count = 1; count <= 3; count += 1) {
    await postMessage(api, app.id, String(count));
    await eventually('attempted', async () => (await api.get(path)).rows.length === count);
  }
  const codes = async (query: string) =>
    (await api.get(`${path}?${query}`)).rows.map(({ status_code: code }) => code);
  assert.deepEqual(await codes('status_code=0'), ['0']);
  assert.deepEqual(await codes('status_code=200'), ['200']);
  assert.deepEqual((await codes('status=failed')).sort(), ['0', '500']);
});

test('who follows the list by cursor misses no slow attempt that ended after quicker ones', async () => {
  const slow: ServerResponse[] = [];
  await using receiver = await startReceiver(({ index, response }) => {
    if (index === 0) slow.push(response);
    else response.writeHead(200).end();
  });
  const { app } = await makeApp(api, { url: receiver.url });
  const path = `/apps/${app.id}/webhook_attempts`;
  const slowMessage = await postMessage(api, app.id, 'slow');
  await receiver.nextRequest();
  for (let count = 1; count <= 2; count += 1) {
    await postMessage(api, app.id, `quick ${String(count)}`);
    await eventually('attempted', async () => (await api.get(path)).rows.length === count);
  }
  // From the older of the quick ones on: what follows is the newer, and then what ends from now on.
  const older = await api.get(`${path}?per_page=1&page=2`);
  const newer = linkTo(older.headers, 'prev');
  assert.equal((await api.get(newer)).first.event_id, 'quick 2');

  slow[0]?.writeHead(200).end();
  await eventually('attempted', async () => (await api.get(path)).rows.length === 3);
  const after = await api.get(linkTo((await api.get(newer)).headers, 'prev'));
  assert.deepEqual(
    after.rows.map(({ message_id: id }) => id),
    [slowMessage.id],
  );
});

/** Where a `Link` header leads, below the API. */
function linkTo(headers: Headers, relation: 'next' | 'prev'): string {
  const link = headers.get('link') ?? '';
  const [, url = ''] = new RegExp(`<([^>]+)>; rel="?${relation}"?`).exec(link) ?? [];
  assert.notEqual(url, '', `no ${relation} in: ${link}`);
  const { pathname, search } = new URL(url, server.url);
  return pathname.replace('/api/v1', '') + search;
}
