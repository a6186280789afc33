import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor } from '#test/support/pages.ts';

describe('the pages of an app', () => {
  let server: TestServer;
  let visitor: Awaited<ReturnType<typeof signedInVisitor>>;
  let app: App;

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
    const { apps, subscriptions } = server.container;
    app = await apps.create(visitor.accountId, { name: 'Acme' });
    await subscriptions.put(app, 'globex', { name: 'Globex' });
  });
  after(() => server[Symbol.asyncDispose]());

  test('keep an event from the whole app, and say so at the form that sends', async () => {
    const { webhookEvents } = server.container;
    const form = { sample_payload: '{}', schema: '' };
    const named = { ...form, event_type: 'invoice.paid', unicast: 'on' };
    assert.equal((await visitor.post(`/apps/${app.id}/webhook_events`, named)).status, 303);
    const event = (await webhookEvents.firstOrAsked(app, undefined))!;
    assert.equal(event.broadcast, false);
    const edit = `/apps/${app.id}/webhook_events/${event.id}`;
    assert.match((await visitor.get(`${edit}/edit`)).text, /name="unicast"[^>]*checked/);

    const message = { event_type: 'invoice.paid', version: '1.0', data: '{}' };
    const toAll = await visitor.post(`/apps/${app.id}/messages`, message);
    assert.equal(toAll.status, 422);
    assert.match(toAll.text, /is not broadcast\. Post it to a subscription or to an endpoint/);
    const toNone = await visitor.post(`/apps/${app.id}/messages`, { ...message, subscription: 'initech' });
    assert.equal(toNone.status, 422);
    assert.match(toNone.text, /no subscriber with this id or uid/);
    const toOne = await visitor.post(`/apps/${app.id}/messages`, { ...message, subscription: 'globex' });
    assert.equal(toOne.status, 303);

    assert.equal((await visitor.post(edit, form)).status, 303);
    assert.equal((await webhookEvents.get(app, event.id)).broadcast, true);
    assert.equal((await visitor.post(`/apps/${app.id}/messages`, message)).status, 303);
  });
});
