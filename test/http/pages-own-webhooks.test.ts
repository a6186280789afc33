import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiOfNewAccount } from '#test/support/api.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { addHeldDeliveries } from '#test/support/missed-deliveries.ts';
import { startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

test('our own webhooks are added, tested, changed and deleted on a page', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver();
  const { accountId, resourceId } = await server.createAccount();
  const browser = new CookieBrowser(server);
  await browser.signOn(resourceId);
  const home = '/settings/webhooks';
  const refused = await browser.post(home, { url: 'ftp://acme.example', events: 'all' });
  assert.match(refused.text, /id="url-error">.*The URL must begin with http/);
  const url = `${receiver.url}/page`;
  const made = await browser.post(home, { url, events: 'some', event_types: 'subscriber.created' });
  assert.equal(made.status, 303);
  const path = made.location.split('?')[0] ?? '';
  assert.match((await browser.get(home)).text, /subscriber\.created/);
  await browser.post(`${path}/test`, { event_type: 'subscriber.created' });
  const [told] = await receiver.firstRequests(1);
  assert.deepEqual(receiver.requests.length, 1);
  assert.equal((JSON.parse(told?.body.toString() ?? '') as { type: string }).type, 'subscriber.created');
  assert.match((await browser.get(path)).text, /<code>subscriber\.created<\/code>/);
  const revealed = await browser.post(`${path}/secret`, {});
  const [endpoint] = await server.container.ownEndpoints.list(accountId, { limit: 1, offset: 0 });
  assert.ok(endpoint && revealed.text.includes(server.container.endpoints.revealSecret(endpoint)));
  await browser.post(path, { url, events: 'all', description: 'To our CRM' });
  assert.match((await browser.get(path)).text, /To our CRM/);
  await browser.post(`${path}/status`, { status: 'inactive' });
  assert.match((await browser.get(path)).text, /Turn on again/);
  await browser.post(`${path}/delete`, {});
  assert.equal((await browser.get(path)).status, 404);
});

test('a replay that is not done is stopped by the API and on the page, by nobody else', async () => {
  // Nothing carries it out.
  await using server = await sharedServer('web');
  const api = await apiOfNewAccount(server);
  const { body } = await api.post('/account/webhook_endpoints', { url: 'http://127.0.0.1:9/' });
  const endpoint = await server.container.ownEndpoints.get(api.accountId, body.id);
  const app = { id: endpoint.appId, accountId: endpoint.accountId };
  await addHeldDeliveries(server, { app, endpoint }, 1);
  const of = `/account/webhook_endpoints/${endpoint.id}`;
  const stranger = await apiOfNewAccount(server);

  const { body: first } = await api.post(`${of}/replay`, {});
  assert.equal(first['status'], 'running');
  assert.equal((await stranger.delete(`${of}/replays/${first.id}`)).status, 404);
  assert.equal((await api.get(`${of}/replays/${first.id}`)).body['status'], 'running');
  assert.equal((await api.delete(`${of}/replays/${first.id}`)).body['status'], 'cancelled');

  const [browser, other] = [await browserOf(server, api), await browserOf(server, stranger)];
  const path = `/settings/webhooks/${endpoint.id}`;
  await browser.post(`${path}/replay`, {});
  const running = (await browser.get(path)).text;
  assert.match(running, /0 of 1 sent/);
  assert.doesNotMatch(running, /Replay 1 delivery/);
  const cancel = /action="([^"?]*\/cancel)[?"]/.exec(running)?.[1] ?? assert.fail();
  assert.equal((await other.post(cancel, {})).status, 404);
  const { location } = await browser.post(cancel, {});
  const { text } = await browser.get(location);
  assert.match(text, /The replay is cancelled/);
  assert.match(text, /Replay 1 delivery/);
  assert.doesNotMatch(text, /Cancel the replay/);
});

async function browserOf(server: TestServer, { accountId }: Api): Promise<CookieBrowser> {
  const { HerokuResource } = server.container.models;
  const { id } = await HerokuResource.findOne({ where: { accountId }, rejectOnEmpty: true });
  const browser = new CookieBrowser(server);
  await browser.signOn(id);
  return browser;
}
