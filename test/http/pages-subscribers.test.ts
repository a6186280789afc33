import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const HOOK = 'http://127.0.0.1:9/hook';

describe('the subscribers of an app', () => {
  let server: TestServer;
  let visitor: Visitor;
  let app: App;
  let path: string;

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
    const { apps, clock, models } = server.container;
    app = await apps.create(visitor.accountId, { name: 'Acme' });
    path = `/apps/${app.id}/subscriptions`;
    await models.Subscription.bulkCreate(
      Array.from({ length: 52 }, (_, index) => {
        const name = `Customer ${String(index).padStart(2, '0')}`;
        return { id: uuidv7(clock.now()), accountId: app.accountId, appId: app.id, name };
      }),
    );
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const listed = async (query = '') => (await visitor.get(`${path}${query}`)).text;

  async function withEndpoint(name: string, state: Record<string, unknown> = {}) {
    const { endpoints, models, subscriptions } = server.container;
    const uid = name.toLowerCase();
    const subscription = await subscriptions.create(app, { name, uid, email: `dev@${uid}.example` });
    const endpoint = await endpoints.create(subscription, { url: `${HOOK}/${uid}`, version: '1.0' });
    await models.Endpoint.update(state, { where: { id: endpoint.id } });
    return subscription;
  }

  it('are paged in both directions, and a page stays true while others are added', async () => {
    const first = await listed('?sort=name');
    assert.match(first, /25 of 52 subscribers/);
    const second = (await visitor.get(linkIn(first, 'next'))).text;
    assert.deepEqual(edgesOf(second), ['Customer 25', 'Customer 49']);
    await server.container.subscriptions.create(app, { name: 'customer 000' });
    const third = (await visitor.get(linkIn(second, 'next'))).text;
    assert.deepEqual(edgesOf(third), ['Customer 50', 'Customer 51']);
    const back = (await visitor.get(linkIn(third, 'prev'))).text;
    assert.deepEqual(edgesOf(back), ['Customer 25', 'Customer 49']);
    assert.deepEqual(edgesOf(await listed('?sort=newest'))[0], 'customer 000');
  });

  it('are found by name, uid, address, id and the URL of an endpoint', async () => {
    const { id } = await withEndpoint('Globex');
    for (const q of ['GLOBEX', 'dev@globex', 'hook/globex', id, id.slice(0, 30)])
      assert.deepEqual(namesIn(await listed(`?q=${encodeURIComponent(q)}`)), ['Globex'], q);
    for (const q of ['%25', '_', '%00nobody']) assert.match(await listed(`?q=${q}`), /Nothing matches/, q);
  });

  it('come with the worst first, and say how their endpoints are', async () => {
    await withEndpoint('Failing', { failingSince: new Date() });
    await withEndpoint('Gone', { status: 'inactive', inactiveReason: 'gone', inactiveSince: new Date() });
    await withEndpoint('Quiet', { status: 'inactive', inactiveSince: new Date() });
    const text = await listed();
    assert.deepEqual(namesIn(text).slice(0, 3), ['Gone', 'Failing', 'Quiet']);
    assert.match(text, />1 off</);
    assert.match(text, /1 failing/);
    assert.deepEqual(namesIn(await listed('?show=failing')), ['Gone', 'Failing']);
    assert.deepEqual(namesIn(await listed('?show=off')), ['Gone', 'Quiet']);
    assert.ok(!namesIn(await listed('?show=without_endpoints&sort=newest')).includes('Quiet'));
  });

  it('are made with uid and address, and a uid that is in use comes back beside its field', async () => {
    const fields = { name: 'Initech', uid: 'initech', email: 'ada@initech.example' };
    const { location } = await visitor.post(path, fields);
    const { text } = await visitor.get(location);
    for (const shown of ['Initech', 'initech', 'ada@initech.example']) assert.ok(text.includes(shown), shown);
    const again = await visitor.post(path, { ...fields, name: 'Second' });
    assert.equal(again.status, 409);
    assert.match(again.text, /id="uid-error">.*already has a subscription with the uid initech/);
    assert.match(again.text, /value="Second"/);
    assert.match((await visitor.post(path, { ...fields, uid: 'a b' })).text, /id="uid-error">.*Use 1 to 128/);
    assert.equal((await visitor.post(location, { ...fields, uid: 'globex' })).status, 409);
    await visitor.post(location, { name: 'Initrode', uid: '', email: '' });
    const changed = await server.container.subscriptions.get(app.accountId, location.split('/')[4] ?? '');
    assert.deepEqual([changed.name, changed.uid, changed.email], ['Initrode', null, null]);
  });

  it('are deleted by a button without endpoints, and with some when the name is typed', async () => {
    const { location: empty } = await visitor.post(path, { name: 'Empty' });
    assert.doesNotMatch((await visitor.get(`${empty}/edit`)).text, /name="confirmation"/);
    assert.equal((await visitor.post(`${empty}/delete`, {})).location, path);
    const { id } = await withEndpoint('Umbrella');
    const own = `${path}/${id}`;
    assert.match((await visitor.get(`${own}/edit`)).text, /Its 1 endpoint goes with it/);
    const refused = await visitor.post(`${own}/delete`, { confirmation: 'umbrell' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /This is not the subscriber’s name/);
    const stranger = await signedInVisitor(server);
    for (const [method, at] of [
      ['get', own],
      ['get', `${own}/edit`],
      ['get', path],
      ['post', own],
    ] as const) {
      const answer = await stranger[method](at, { name: 'Mine' });
      assert.equal(answer.status, 404, at);
    }
    assert.equal((await stranger.post(`${own}/delete`, { confirmation: 'Umbrella' })).status, 404);
    assert.equal((await visitor.post(`${own}/delete`, { confirmation: 'Umbrella' })).location, path);
    assert.equal((await visitor.get(own)).status, 404);
  });

  it('say what needs somebody: which endpoint is off, since when, and what to do', async () => {
    const state = { status: 'inactive', inactiveReason: 'gone', inactiveSince: new Date() };
    const { id } = await withEndpoint('Hooli', state);
    const { text } = await visitor.get(`${path}/${id}`);
    assert.match(text, /1 endpoint is off/);
    assert.match(text, /answered 410 Gone, which asks us to stop/);
    // The numbers are of whole hours, and so are the lists that they link to.
    const hours = new RegExp(`subscription_id=[^"&]+(&amp;status=failed)?&amp;since=[^"]+%3A00"`, 'g');
    assert.equal(text.match(hours)?.length, 2);
    for (const href of ['webhook_attempts?subscription_id=', 'deliveries?subscription_id='])
      assert.ok(text.includes(`${href}${id}`), href);
  });
});

const namesIn = (text: string) =>
  [...text.matchAll(/class="row-link"[^>]*><bdi>([^<]*)</g)].map(([, name]) => name);

const edgesOf = (text: string) => [namesIn(text)[0], namesIn(text).at(-1)];

function linkIn(text: string, rel: 'next' | 'prev'): string {
  const [, href] = new RegExp(`href="([^"]*)" rel="${rel}"`).exec(text) ?? [];
  return (href ?? assert.fail(rel)).replaceAll('&amp;', '&');
}
