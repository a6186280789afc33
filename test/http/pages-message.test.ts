import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { EVENT_TYPE, messageTo } from '#test/support/subscribed-app.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';

describe('the page of a message', () => {
  let server: TestServer;
  let visitor: Visitor;

  before(async () => {
    server = await sharedServer();
    visitor = await signedInVisitor(server);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('says why it was not sent to an endpoint, as it was when the message came', async () => {
    const { endpoints } = server.container;
    const { app, subscription } = await newApp();
    const url = 'http://127.0.0.1:9/';
    const other = await endpoints.create(subscription, {
      url: `${url}other`,
      version: '1.0',
      enabledEvents: [],
    });
    const old = await endpoints.create(subscription, { url: `${url}old`, version: '0.9' });
    const { message } = await server.container.acceptor.accept(messageTo(app));
    await endpoints.update(other, { enabledEvents: '*' });
    await endpoints.delete(old);

    const text = await pageText(app, message);
    assert.match(
      text,
      /No endpoint receives this message It is kept\. Why no endpoint got it is said below\./,
    );
    const version = 'deleted endpoint The endpoint took version "0.9" and no other.';
    const event = 'Globex 127.0.0.1:9/other The endpoint had not enabled this event type.';
    assert.ok(text.includes(`${version} ${event}`), text);
  });

  it('shows what is kept for an endpoint that was off by hand, and sends it again once it is on', async () => {
    await using receiver = await startReceiver();
    const { endpoints } = server.container;
    const { app, subscription } = await newApp();
    const off = { url: receiver.url, version: '1.0', status: 'inactive' } as const;
    const endpoint = await endpoints.create(subscription, off);
    const { message } = await server.container.acceptor.accept(messageTo(app));
    const replay = () =>
      visitor.post(`/apps/${app.id}/messages/${message.id}/replay`, { endpoint_id: endpoint.id });
    assert.match(
      await pageText(app, message),
      /Held The endpoint is off\. Globex 127\.0\.0\.1:\d+\/? – 0 – Turn on, replay all/,
    );
    assert.doesNotMatch(await pageText(app, message), /Replay/);
    assert.equal((await replay()).status, 409);

    await endpoints.update(endpoint, { status: 'active' });
    assert.match(await pageText(app, message), /Replay/);
    const answer = await replay();
    assert.deepEqual([answer.status, answer.location], [303, `/apps/${app.id}/messages/${message.id}`]);
    await receiver.firstRequests(1);
    await eventually('delivered', async () => (await pageText(app, message)).includes('Send again'));
    assert.equal((await replay()).status, 409, 'was delivered');
    const forced = { endpoint_id: endpoint.id, force: 'true' };
    assert.equal((await visitor.post(`/apps/${app.id}/messages/${message.id}/replay`, forced)).status, 303);
    await receiver.firstRequests(2);
    const stranger = await signedInVisitor(server);
    assert.equal((await stranger.post(`/apps/${app.id}/messages/${message.id}/replay`, forced)).status, 404);
  });

  it('lists the first 25, and says how many more there are and who lists them', async () => {
    const { app, subscription } = await newApp();
    for (let index = 0; index < 27; index += 1) {
      const url = `http://127.0.0.1:9/${String(index)}`;
      await server.container.endpoints.create(subscription, { url, version: '2.0' });
    }
    const { message } = await server.container.acceptor.accept(messageTo(app));
    const text = await pageText(app, message);
    assert.equal(text.match(/took version/g)?.length, 25);
    assert.ok(
      text.includes(`And 2 more: GET /api/v1/apps/${app.id}/messages/${message.id}/explain lists them all.`),
    );
  });

  it('shows a message to many endpoints by state and page, those in trouble first, under 100 KB', async () => {
    const { acceptor, endpoints } = server.container;
    const { app, subscription } = await newApp();
    for (let index = 0; index < 60; index += 1) {
      const url = `http://127.0.0.1:9/${String(index)}`;
      await endpoints.create(subscription, { url, version: '1.0', status: 'inactive' });
    }
    const { message } = await acceptor.accept({
      ...messageTo(app),
      deliverAt: new Date(Date.now() + 3_600_000),
    });
    const last = await endpoints.create(subscription, { url: 'http://127.0.0.1:9/on', version: '1.0' });
    const { message: later } = await acceptor.accept({
      ...messageTo(app),
      deliverAt: new Date(Date.now() + 3_600_000),
    });

    const path = `/apps/${app.id}/messages/${later.id}`;
    const { text } = await visitor.get(path);
    assert.ok(Buffer.byteLength(text) < 100_000, String(Buffer.byteLength(text)));
    assert.equal(text.match(/127\.0\.0\.1:9\/\d+</g)?.length, 25);
    const words = await pageText(app, later);
    assert.match(words, /Held 60 held, 1 scheduled Received .*All 61 Held 60 Scheduled 1 /);
    assert.match(words, /Held The endpoint is off\. Globex .* Turn on, replay all that http/);
    assert.match(words, /1 to 25 of 61 Next/);
    assert.match(await pageText(app, later, '?page=3'), /51 to 61 of 61 Previous/);
    const scheduled = await pageText(app, later, '?state=scheduled');
    assert.match(scheduled, /Scheduled Globex 127\.0\.0\.1:9\/on/);
    assert.doesNotMatch(scheduled, /127\.0\.0\.1:9\/1 /);
    const { text: list } = await visitor.get(`/apps/${app.id}/messages`);
    assert.match(wordsOf(list), /Held 60 held, 1 scheduled user\.created .*Held all 60 user\.created/);
    await endpoints.update(last, { isPaused: true });
    assert.match(
      await pageText(app, later, '?state=scheduled'),
      /Scheduled The endpoint is paused\. Globex .* Resume http/,
    );
    assert.match(await pageText(app, later, '?state=failed'), /No delivery is in this state now\./);
    assert.match(await pageText(app, later, '?page=99&state=nonsense'), /51 to 61 of 61/);
    assert.doesNotMatch(await pageText(app, message, ''), new RegExp(last.url));
  });

  it('speaks of no endpoint where there was none, nor of one that was not addressed', async () => {
    const { app, subscription } = await newApp();
    const { message } = await server.container.acceptor.accept(messageTo(app));
    await server.container.endpoints.create(subscription, { url: 'http://127.0.0.1:9/', version: '2.0' });
    const text = await pageText(app, message);
    assert.match(text, /An endpoint that you add later gets it from its page/);
    assert.doesNotMatch(text, /Skipped/);
  });

  it('tells a test from a message that nobody gets', async () => {
    await using receiver = await startReceiver();
    const { app, subscription } = await newApp();
    const input = { url: receiver.url, version: '1.0', status: 'inactive' } as const;
    const { id: endpointId } = await server.container.endpoints.create(subscription, input);
    const test = {
      accountId: app.accountId,
      appId: app.id,
      endpointId,
      eventType: EVENT_TYPE,
      dataText: '1',
    };
    const { messageId } = await server.container.sampleSender.send(test);
    const text = await pageText(app, { id: messageId });
    assert.match(text, /A test It was sent to its endpoint alone/);
    assert.doesNotMatch(text, /Skipped|No endpoint receives/);
  });

  async function newApp() {
    const { apps, subscriptions, webhookEvents } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    return { app, subscription: await subscriptions.create(app, { name: 'Globex' }) };
  }

  /** What it says, without its markup. */
  async function pageText(app: App, message: Pick<Message, 'id'>, query = ''): Promise<string> {
    const { text } = await visitor.get(`/apps/${app.id}/messages/${message.id}${query}`);
    return wordsOf(text);
  }
});

const wordsOf = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#34;', '"')
    .replaceAll(/\s+/g, ' ');
