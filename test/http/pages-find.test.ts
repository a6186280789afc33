import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { EVENT_TYPE, messageTo } from '#test/support/subscribed-app.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';

describe('the box that finds anything', () => {
  let server: TestServer;
  let visitor: Visitor;
  let app: App;
  let endpoint: EndpointWithParents;
  let message: Message;
  let attemptId: string;

  before(async () => {
    server = await sharedServer();
    visitor = await signedInVisitor(server);
    await using receiver = await startReceiver();
    const { acceptor, apps, attempts, endpoints, subscriptions, webhookEvents } = server.container;
    app = await apps.create(visitor.accountId, { name: 'Acme Shop', uid: 'shop' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    const globex = await subscriptions.create(app, { name: 'Globex 100%', uid: 'globex-7' });
    await subscriptions.create(app, { name: 'Initech' });
    endpoint = await endpoints.create(globex, {
      url: new URL('/hooks/eu', receiver.url).href,
      version: '1.0',
      uid: 'globex-eu',
    });
    const posted = { ...messageTo(app), eventId: 'order-42', dataText: '{"note":"pamplemousse"}' };
    ({ message } = await acceptor.accept(posted));
    await receiver.firstRequests(1);
    const newest = () => attempts.page(app, { messageId: message.id }, { limit: 1, offset: 0 });
    await eventually('written', async () => (await newest()).length === 1);
    attemptId = (await newest())[0]?.id ?? '';
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const find = (q: string, by = visitor) => by.get(`/find?q=${encodeURIComponent(q)}`);

  it('leads from an id that is shown or sent anywhere to the page of what has it', async () => {
    const message_ = `/apps/${app.id}/messages/${message.id}`;
    const subscriber = `/apps/${app.id}/subscriptions/${endpoint.subscriptionId}`;
    const led: [string, string][] = [
      [message.id, message_],
      [message.id.toUpperCase(), message_],
      [' order-42 ', message_],
      [deliveryId(message.id, endpoint.id), `${message_}/deliveries/${endpoint.id}`],
      [attemptId, `/apps/${app.id}/webhook_attempts/${attemptId}`],
      [endpoint.id, `/apps/${app.id}/endpoints/${endpoint.id}`],
      ['globex-eu', `/apps/${app.id}/endpoints/${endpoint.id}`],
      ['globex-7', subscriber],
      [endpoint.subscriptionId, subscriber],
      [app.id, `/apps/${app.id}`],
      ['shop', `/apps/${app.id}`],
    ];
    for (const [q, path] of led) {
      const { status, location } = await find(q);
      assert.deepEqual([status, location], [302, path], q);
    }
  });

  it('leads to the story of a message at the subscriber who is named beside it', async () => {
    const story = `/apps/${app.id}/messages/${message.id}/deliveries/${endpoint.id}`;
    for (const q of [
      'globex order-42',
      'order-42 Globex',
      `globex-7 ${message.id}`,
      'Globex 100% pamplemousse',
    ]) {
      const { status, location } = await find(q);
      assert.deepEqual([status, location], [302, story], q);
    }
    for (const q of ['initech order-42', 'globex order-43', 'globex no-such-word']) {
      assert.match((await find(q)).text, /Nothing matches/, q);
    }
  });

  it('leads to why the message was not sent to a subscriber, and knows a name of two words as one', async () => {
    const { acceptor, endpoints, subscriptions } = server.container;
    const later = await subscriptions.create(app, { name: 'Umbrella Corp' });
    const url = 'http://127.0.0.1:1/';
    const { id } = await endpoints.create(later, { url, version: '9.0' });
    const missed = await find('umbrella order-42');
    assert.deepEqual(
      [missed.status, missed.location],
      [302, `/apps/${app.id}/messages/${message.id}/deliveries/${id}`],
    );
    assert.match((await visitor.get(missed.location)).text, /not sent|Not sent/);

    await endpoints.create(later, { url, version: '1.0' });
    const posted = { ...messageTo(app), eventId: 'order-44', dataText: '{"to":"Corp order-44"}' };
    await acceptor.accept(posted);
    const { text, status, location } = await find('umbrella corp order-44');
    assert.deepEqual(
      [status, location.split('/')[4]],
      [302, (await acceptor.accept(posted)).message.id],
      text,
    );
  });

  it('lists what has a name, a part of a URL, or words of a payload, as they are typed', async () => {
    for (const [q, shown] of [
      ['globex', 'Globex 100%'],
      ['100%', 'Globex 100%'],
      ['hooks/eu', '/hooks/eu'],
      ['pamplemousse', 'Messages of'],
      ['user.cre', EVENT_TYPE],
    ] as const) {
      const { status, text } = await find(q);
      assert.equal(status, 200, q);
      assert.ok(text.includes(shown), q);
    }
    const { text } = await find('1%0');
    assert.match(text, /Nothing matches/, 'a percent sign stands for itself');
    assert.match((await visitor.get('/find')).text, /Any id that we ever show/);
  });

  it('finds nothing of another account', async () => {
    const stranger = await signedInVisitor(server);
    const ids = [message.id, deliveryId(message.id, endpoint.id), attemptId, endpoint.id, app.id];
    for (const q of [...ids, 'order-42', 'globex', 'shop', 'hooks/eu', 'pamplemousse', 'globex order-42']) {
      const { status, text } = await find(q, stranger);
      assert.equal(status, 200, q);
      assert.match(text, /Nothing matches/, q);
    }
  });
});
