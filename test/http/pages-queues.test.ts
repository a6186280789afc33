import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { messageTo } from '#test/support/subscribed-app.ts';

describe('what waits for an endpoint, on pages', () => {
  let server: TestServer;
  let receiver: Receiver;
  let visitor: Visitor;
  let app: App;
  let endpoint: string;
  let table: string;

  before(async () => {
    server = await startTestServer();
    receiver = await startReceiver(answer(200));
    visitor = await signedInVisitor(server);
    const { apps, endpoints, subscriptions, webhookEvents } = server.container;
    app = await apps.create(visitor.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: 'user.created' });
    const subscription = await subscriptions.create(app, { name: 'Globex' });
    const { id } = await endpoints.create(subscription, { url: receiver.url, version: '1.0' });
    endpoint = `/apps/${app.id}/endpoints/${id}`;
    table = `/apps/${app.id}/subscriptions/${subscription.id}`;
  });
  after(async () => {
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
    await (receiver as Receiver | undefined)?.[Symbol.asyncDispose]();
  });

  it('is held back by a pause, shown, and goes out at a resume', async () => {
    assert.match((await visitor.get(endpoint)).text, /Pause\s*<\/button>/);
    const paused = await visitor.post(`${endpoint}/pause`, {});
    assert.equal(paused.location, endpoint);
    assert.match((await visitor.get(endpoint)).text, /The endpoint is paused/);
    await server.container.acceptor.accept(messageTo(app));
    await eventually('waits', async () =>
      (await visitor.get(endpoint)).text.includes('1 waiting, the oldest accepted'),
    );
    assert.match((await visitor.get(table)).text, /Paused/);
    assert.equal(receiver.requests.length, 0);
    await visitor.post(`${endpoint}/resume`, {});
    await eventually('sent', () => receiver.requests.length === 1);
    const { text } = await visitor.get(endpoint);
    assert.match(text, /Pause\s*<\/button>/);
    assert.doesNotMatch(text, /Paused/);
  });

  it('is cancelled by a button that says how many', async () => {
    await visitor.post(`${endpoint}/pause`, {});
    const before = receiver.requests.length;
    const { message } = await server.container.acceptor.accept(messageTo(app));
    const path = `/apps/${app.id}/messages/${message.id}`;
    const shown = async () => (await visitor.get(path)).text;
    await eventually('waits', async () => (await shown()).includes('Cancel 1 delivery'));
    const { location } = await visitor.post(`${path}/cancel`, {});
    const text = (await visitor.get(location)).text;
    assert.match(text, /not sent yet is cancelled/);
    assert.match(text, /Ignored/);
    assert.doesNotMatch(text, /Cancel 1/);
    const again = await visitor.post(`${path}/cancel`, {});
    assert.match((await visitor.get(again.location)).text, /Nothing was left to cancel/);
    await visitor.post(`${endpoint}/resume`, {});
    assert.equal(receiver.requests.length, before);
  });

  it('is nobody else’s', async () => {
    const stranger = await signedInVisitor(server);
    const { message } = await server.container.acceptor.accept(messageTo(app));
    const addresses = [
      `${endpoint}/pause`,
      `${endpoint}/resume`,
      `/apps/${app.id}/messages/${message.id}/cancel`,
    ];
    for (const address of addresses) assert.equal((await stranger.post(address, {})).status, 404, address);
    assert.doesNotMatch((await visitor.get(endpoint)).text, /Paused/);
  });
});
