import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

describe('the webhook events of an app', () => {
  let server: TestServer;
  let visitor: Visitor;
  let app: App;
  let path: string;

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
    const { apps, clock, models } = server.container;
    app = await apps.create(visitor.accountId, { name: 'Acme', uid: 'acme' });
    path = `/apps/${app.id}/webhook_events`;
    await models.WebhookEvent.bulkCreate(
      Array.from({ length: 120 }, (_, index) => ({
        id: uuidv7(clock.now()),
        accountId: app.accountId,
        appId: app.id,
        eventType: `order.e${String(index).padStart(3, '0')}`,
        description: index === 7 ? 'A customer changed their mind.' : '',
        samplePayloadText: '{}',
      })),
      { returning: false },
    );
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const listed = async (query = '') => (await visitor.get(`${path}${query}`)).text;
  const eventNamed = (eventType: string) => server.container.webhookEvents.getByType(app, eventType);

  it('are listed by name, found, counted and paged while others are added', async () => {
    const first = await listed();
    assert.match(first, /50 of 120 webhook events/);
    const second = (await visitor.get(linkIn(first, 'next'))).text;
    assert.deepEqual([typesIn(second)[0], typesIn(second).at(-1)], ['order.e050', 'order.e099']);
    await visitor.post(path, { event_type: 'a.first', sample_payload: '{}' });
    const back = (await visitor.get(linkIn(second, 'prev'))).text;
    assert.deepEqual(typesIn(back)[0], 'order.e000');
    assert.deepEqual(typesIn(await listed('?q=changed%20their')), ['order.e007']);
    assert.deepEqual(typesIn(await listed('?sort=newest'))[0], 'a.first');
    assert.match(await listed('?q=%25'), /Nothing matches/);
  });

  it('are renamed where they are changed, and a type that is in use comes back beside its field', async () => {
    const event = await eventNamed('order.e001');
    const fields = { description: '', sample_payload: '{}', schema: '' };
    const refused = await visitor.post(`${path}/${event.id}`, { ...fields, event_type: 'order.e002' });
    assert.equal(refused.status, 409);
    assert.match(refused.text, /id="event_type-error">.*already has a webhook event order\.e002/);
    const saved = await visitor.post(`${path}/${event.id}`, { ...fields, event_type: 'order.renamed' });
    assert.equal(saved.location, path);
    assert.equal((await eventNamed('order.renamed')).id, event.id);
  });

  it('are deleted when their type is typed, and the page says whom that hits', async () => {
    const { endpoints, subscriptions } = server.container;
    const globex = await subscriptions.create(app, { name: 'Globex' });
    const input = { url: 'http://127.0.0.1:9/', version: '1.0' };
    await endpoints.create(globex, { ...input, enabledEvents: ['order.e003'] });
    await endpoints.create(globex, { ...input, enabledEvents: ['order.e003', 'order.e004'] });
    await endpoints.create(globex, { ...input, enabledEvents: ['order.e003', 'user.*'] });
    const { id } = await eventNamed('order.e003');
    const { text } = await visitor.get(`${path}/${id}/edit`);
    assert.match(text, /3 endpoints have\s+chosen it by name, 1 of them nothing else/);
    const refused = await visitor.post(`${path}/${id}/delete`, { confirmation: 'order' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /This is not the event’s type/);
    const stranger = await signedInVisitor(server);
    const typed = { confirmation: 'order.e003' };
    assert.equal((await stranger.post(`${path}/${id}/delete`, typed)).status, 404);
    assert.equal((await stranger.get(path)).status, 404);
    assert.equal((await visitor.post(`${path}/${id}/delete`, typed)).location, path);
    assert.match(await listed('?q=order.e003'), /Nothing matches/);
  });

  it('are in the test form of the app’s first page, which stays small', async () => {
    const { text } = await visitor.get(`/apps/${app.id}`);
    assert.ok(text.includes('<option value="order.e119"'));
    assert.ok(Buffer.byteLength(text) < 40 * 1024, String(Buffer.byteLength(text)));
    const { id } = await eventNamed('order.e007');
    assert.match((await visitor.get(`/apps/${app.id}?event=${id}`)).text, /value="order\.e007" selected/);
  });

  it('leave the app its uid, which is changed and refused in its settings', async () => {
    await server.container.apps.create(visitor.accountId, { name: 'Other', uid: 'other' });
    const home = `/apps/${app.id}`;
    const refused = await visitor.post(home, { name: 'Acme', uid: 'other' });
    assert.equal(refused.status, 409);
    assert.match(refused.text, /id="uid-error">.*Another app already has the uid other/);
    assert.equal((await visitor.post(home, { name: 'Acme' })).status, 303);
    assert.equal((await server.container.apps.get(visitor.accountId, 'acme')).id, app.id, 'it stays');
    await visitor.post(home, { name: 'Acme', uid: 'acme-2' });
    assert.match((await visitor.get(home)).text, /acme-2/);
  });

  it('are of an app that is named like the Heroku app by default', async () => {
    const { models } = server.container;
    await models.HerokuResource.update({ appName: 'acme-shop' }, { where: { id: visitor.resourceId } });
    assert.match((await visitor.get('/apps/new')).text, /name="name"[^>]*value="acme-shop"/);
  });
});

const typesIn = (text: string) =>
  [...text.matchAll(/cell-main"><code title="([^"]*)"/g)].map(([, type]) => type);

function linkIn(text: string, rel: 'next' | 'prev'): string {
  const [, href] = new RegExp(`href="([^"]*)" rel="${rel}"`).exec(text) ?? [];
  return (href ?? assert.fail(rel)).replaceAll('&amp;', '&');
}
