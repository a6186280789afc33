import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { dashboardRouter } from '#src/surfaces/dashboard/router.ts';
import { routesOf } from '#test/support/page-routes.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor, type Visitor, visitorOf } from '#test/support/pages.ts';

const ALL = { limit: 100, offset: 0 };

describe('forms of the dashboard', () => {
  let server: TestServer;
  let visitor: Visitor;
  let appPath: string;

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
    const app = await server.container.apps.create(visitor.accountId, { name: 'Acme' });
    await server.container.webhookEvents.create(app, { eventType: 'order.created' });
    await server.container.webhookEvents.create(app, { eventType: 'order' });
    appPath = `/apps/${app.id}`;
  });
  after(() => server[Symbol.asyncDispose]());

  it('come back with 422, the message beside the field and what was entered', async () => {
    const answer = await visitor.post(`${appPath}/webhook_events`, {
      event_type: 'order paid',
      description: 'Kept as entered',
      sample_payload: '{not json',
    });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /id="event_type-error">.*The event type must only hold the characters/);
    assert.match(answer.text, /id="sample_payload-error">.*The sample payload is not JSON/);
    assert.match(answer.text, /value="Kept as entered"/);
    assert.match(answer.text, /\{not json/);
  });

  it('lead back to a page from each address that has a form only', async () => {
    const router = dashboardRouter(server.container);
    const isThere = (path: string) =>
      routesOf(router).some(
        ({ method, path: of }) =>
          method === 'get' && new RegExp(`^${of.replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
      );
    const pathsOf = (of: string) =>
      routesOf(router).flatMap(({ method, path }) => (method === of ? path.replaceAll(/:\w+/g, ':id') : []));
    // Also where a page with a parameter has the same address: `endpoints/bulk` is none of `endpoints/:endpoint`.
    const forms = new Set(pathsOf('post')).difference(new Set(pathsOf('get')));
    assert.ok(forms.size > 50);
    assert.ok(forms.has('/apps/:id/endpoints/bulk'));
    for (const form of forms) {
      const path = form.replaceAll(':id', randomUUID());
      const { status, headers } = await visitor.get(path);
      const to = (headers.get('location') ?? '').replace(/\?addon=.*/, '');
      assert.deepEqual([status, isThere(to), path.startsWith(to)], [303, true, true], `${path}: ${to}`);
    }
    const refused = `${appPath}/subscriptions/none/endpoints`;
    assert.equal((await visitor.get(refused)).headers.get('location'), `${appPath}/subscriptions/none`);
  });

  it('hold a webhook event to the API’s rules', async () => {
    const path = `${appPath}/webhook_events`;
    const refused = [
      { event_type: 'x'.repeat(256) },
      { event_type: 'über' },
      { event_type: 'half.of.a.pair.\uD800' },
      { event_type: 'deep', sample_payload: '['.repeat(102) + ']'.repeat(102) },
      { event_type: 'deeper', sample_payload: '['.repeat(50_000) + ']'.repeat(50_000) },
      { event_type: 'large', sample_payload: JSON.stringify('x'.repeat(65_536)) },
      { event_type: 'wordy', description: 'x'.repeat(2001) },
    ];
    for (const fields of refused) {
      const answer = await visitor.post(path, { sample_payload: '{}', ...fields });
      assert.equal(answer.status, 422, fields.event_type);
    }
    assert.equal((await visitor.post(path, { event_type: 'x'.repeat(255) })).status, 303);
  });

  it('fill the test form with a sample as it was typed', async () => {
    const sample = '{\n  "total": 1.0,\n  "id": 12345678901234567890\n}';
    await visitor.post(`${appPath}/webhook_events`, {
      event_type: 'a.first',
      // As browsers send line breaks.
      sample_payload: sample.replaceAll('\n', '\r\n'),
    });
    const [event] = await server.container.models.WebhookEvent.findAll({ where: { eventType: 'a.first' } });
    const page = await visitor.get(`${appPath}?event=${event?.id ?? ''}`);
    assert.ok(page.text.includes(`\n${sample.replaceAll('"', '&#34;')}</textarea>`), page.text);
  });

  it('say what the domain refuses', async () => {
    const answer = await visitor.post(`${appPath}/webhook_events`, {
      event_type: 'order.created',
      sample_payload: '{}',
    });
    assert.equal(answer.status, 409);
    assert.match(answer.text, /already has a webhook event order\.created/);
  });

  it('take an address of a subscriber, and refuse one that is none', async () => {
    const path = `${appPath}/subscriptions`;
    const refused = await visitor.post(path, { name: 'Globex', email: 'nobody' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /id="email-error">.*Enter an address/);
    const made = await visitor.post(path, { name: 'Globex', email: ' dev@globex.example ' });
    assert.match((await visitor.get(made.location)).text, /dev@globex\.example/);
  });

  it('refuse a URL that cannot be used, beside its field', async () => {
    const subscriber = await visitor.post(`${appPath}/subscriptions`, { name: 'Globex' });
    const path = subscriber.location.split('?')[0] ?? '';
    const answer = await visitor.post(`${path}/endpoints`, { url: 'ftp://example.com', version: '1.0' });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /id="url-error">.*The URL must begin with http:\/\/ or https:\/\/\./);
  });

  it('take a Hook Helper in place of a URL, a new one or one that is there', async () => {
    const { hookHelpers } = server.container;
    const { location: path } = await visitor.post(`${appPath}/subscriptions`, { name: 'Umbrella' });
    const before = (await hookHelpers.list(visitor.accountId, ALL)).length;
    const fields = { url: '', version: '2.0', description: 'Staging' };
    const made = await visitor.post(`${path}/endpoints`, { ...fields, helper: 'new' });
    assert.equal(made.status, 303);
    const helpers = await hookHelpers.list(visitor.accountId, ALL);
    assert.deepEqual([helpers.length, helpers[0]?.label], [before + 1, 'For Umbrella']);
    const endpoint = await visitor.get(made.location);
    assert.ok(endpoint.text.includes(`${server.url}/r/${helpers[0]?.token ?? ''}`));
    assert.match(endpoint.text, /Staging/);
    const form = await visitor.get(`${path}/endpoints/new`);
    assert.match(form.text, /Use the Hook Helper For Umbrella/);
    const again = await visitor.post(`${path}/endpoints`, { ...fields, helper: helpers[0]?.id ?? '' });
    assert.equal(again.status, 303);

    const stranger = await signedInVisitor(server);
    const theirs = await hookHelpers.create(stranger.accountId, { label: 'Theirs' });
    const stolen = await visitor.post(`${path}/endpoints`, { ...fields, helper: theirs.id });
    assert.notEqual(stolen.status, 303);
    const refused = await visitor.post(`${path}/endpoints`, { ...fields, helper: 'new', version: '' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /value="new" selected/, 'what was chosen is kept');
    assert.equal((await hookHelpers.list(visitor.accountId, ALL)).length, before + 1, 'and none was made');
    assert.equal((await visitor.post(`${path}/endpoints`, { ...fields, helper: '' })).status, 422);
  });

  it('enable the events of the choice that was sent, and refuse none, and a choice of both', async () => {
    const { endpoints } = server.container;
    const { location: path } = await visitor.post(`${appPath}/subscriptions`, { name: 'Hooli' });
    const endpoint = { url: 'http://127.0.0.1:9/', version: '1.0', events_shown: 'all' };
    const enabled = async (at: string) => {
      const found = await endpoints.getOfAccount(visitor.accountId, at.split('/').at(-1) ?? '');
      return found.receivesAllEvents ? '*' : found.webhookEvents.map(({ eventType }) => eventType);
    };
    const ticked = { event_types: 'order.created' };
    const none = await visitor.post(`${path}/endpoints`, { ...endpoint, events: 'some' });
    assert.equal(none.status, 422);
    assert.match(none.text, /Tick at least one event, or choose all events/);
    await refusesBoth(`${path}/endpoints`, { ...endpoint, ...ticked });
    const made = await visitor.post(`${path}/endpoints`, { ...endpoint, events: 'some', ...ticked });
    assert.deepEqual(await enabled(made.location), ['order.created']);

    const save = (fields: Record<string, string>) => visitor.post(`${made.location}/events`, fields);
    const shown = (await visitor.get(made.location)).text;
    assert.match(shown, /name="events_shown" value="some"/);
    assert.equal((await save({ events: 'some', events_shown: 'some' })).status, 422);
    assert.deepEqual(await enabled(made.location), ['order.created']);
    await save({ events: 'all', events_shown: 'some', ...ticked });
    assert.equal(await enabled(made.location), '*', 'the ticks of before are still there');
    await refusesBoth(`${made.location}/events`, ticked);
    assert.equal(await enabled(made.location), '*');
    await save({ events: 'some', events_shown: 'all', ...ticked });
    assert.deepEqual(await enabled(made.location), ['order.created']);
  });

  it('keep a pattern of event types, which is ticked beside those that there are', async () => {
    const { endpoints } = server.container;
    const { location: path } = await visitor.post(`${appPath}/subscriptions`, { name: 'Pied Piper' });
    const made = await visitor.post(`${path}/endpoints`, { url: 'http://127.0.0.1:9/', version: '1.0' });
    const id = made.location.split('/').at(-1) ?? '';
    const endpoint = await endpoints.getOfAccount(visitor.accountId, id);
    await endpoints.update(endpoint, { enabledEvents: ['order', 'order.*'] });
    const { text } = await visitor.get(made.location);
    const ticked = text.match(/(?<=name="event_types" value=")[^"]*(?=" checked)/g) ?? [];
    assert.deepEqual(ticked.toSorted(), ['order', 'order.*']);
    await visitor.post(`${made.location}/events`, {
      events: 'some',
      events_shown: 'some',
      event_types: 'order.*',
    });
    const saved = await endpoints.getOfAccount(visitor.accountId, id);
    assert.deepEqual([saved.eventPatterns, saved.webhookEvents], [['order.*'], []]);

    const typed = (fields: Record<string, string>) =>
      visitor.post(`${made.location}/events`, { events: 'some', events_shown: 'some', ...fields });
    const refused = await typed({ event_patterns: 'user.*, order' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /“order” is no pattern/);
    assert.match(refused.text, /value="user\.\*, order"/);
    assert.equal((await typed({ events: 'all', event_patterns: 'user.*' })).status, 422);
    await typed({ event_types: 'order.*', event_patterns: 'user.*, late.order.*' });
    const { eventPatterns } = await endpoints.getOfAccount(visitor.accountId, id);
    assert.deepEqual(eventPatterns, ['late.order.*', 'order.*', 'user.*']);
  });

  /** Whoever ticks below an untouched "All events" may mean either; what was filled in is kept, and refused again. */
  async function refusesBoth(path: string, fields: Record<string, string>): Promise<void> {
    const { status, text } = await visitor.post(path, { ...fields, events: 'all', events_shown: 'all' });
    assert.equal(status, 422);
    assert.match(text, /Choose “Only these”, or leave “All events”/);
    assert.match(text, /name="events" value="all" checked autofocus>/);
    assert.match(text, /id="event_types-error"/);
    assert.deepEqual(text.match(/(?<=name="event_types" value=")[^"]*(?=" checked)/g), ['order.created']);
    assert.match(text, /name="events_shown" value="all"/);
  }

  it('delete an endpoint only when its host is typed', async () => {
    const { location: path } = await visitor.post(`${appPath}/subscriptions`, { name: 'Vandelay' });
    const fields = { url: 'http://127.0.0.1:9/hook', version: '1.0' };
    const { location } = await visitor.post(`${path}/endpoints`, fields);
    const refused = await visitor.post(`${location}/delete`, { confirmation: 'hook' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /This is not the host of the endpoint’s URL/);
    const stranger = await signedInVisitor(server);
    const confirmation = '127.0.0.1:9';
    assert.equal((await stranger.post(`${location}/delete`, { confirmation })).status, 404);
    const answer = await visitor.post(`${location}/delete`, { confirmation });
    assert.deepEqual([answer.status, answer.location], [303, path]);
    assert.equal((await visitor.get(location)).status, 404);
  });

  it('rename an app, and delete it only when its name is typed', async () => {
    const { location: path } = await visitor.post('/apps', { name: 'Short-lived' });
    assert.equal((await visitor.post(path, { name: '' })).status, 422);
    assert.equal((await visitor.post(path, { name: 'Renamed' })).location, path);
    assert.match((await visitor.get(path)).text, /The app is saved\..*/);
    const refused = await visitor.post(`${path}/delete`, { confirmation: 'Short-lived' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /This is not the app’s name/);
    const stranger = await signedInVisitor(server);
    assert.equal((await stranger.post(path, { name: 'Mine' })).status, 404);
    assert.equal((await stranger.post(`${path}/delete`, { confirmation: 'Renamed' })).status, 404);
    const { location } = await visitor.post(`${path}/delete`, { confirmation: 'Renamed' });
    assert.equal(location, `/apps?addon=${visitor.resourceId}`);
    assert.match((await visitor.get(location)).text, /The app is deleted/);
    assert.equal((await visitor.get(path)).status, 404);
  });

  it('say what happened once, on the page that they lead to', async () => {
    const { location: path } = await visitor.post('/apps', { name: 'Noticed' });
    assert.match(path, /^\/apps\/[^?]+$/);
    assert.match((await visitor.get(path)).text, /The app is set up/);
    assert.doesNotMatch((await visitor.get(path)).text, /The app is set up/);
    await visitor.post(path, { name: 'Noticed' });
    await visitor.get('/apps');
    assert.doesNotMatch((await visitor.get(path)).text, /The app is saved/);
  });

  it('refuse a control character instead of failing in the database', async () => {
    assert.equal((await visitor.post('/apps', { name: 'a\u0000b' })).status, 422);
  });

  it('refuse a body that is no form at all', async () => {
    assert.equal((await visitor.post('/apps', {}, { 'content-type': 'text/plain' })).status, 422);
  });

  it('are refused when another site sends them', async () => {
    const answer = await visitor.post('/apps', { name: 'Stolen' }, { origin: 'https://evil.example' });
    assert.equal(answer.status, 403);
    assert.match(answer.text, /sent from another site/);
  });

  it('send the data of a test message byte for byte', async () => {
    const data = '{ "b": 1.0, "a": 12345678901234567890, "a": "é" }';
    const sent = await visitor.post(`${appPath}/messages`, {
      event_type: 'order.created',
      version: '1.0',
      data,
    });
    assert.equal(sent.status, 303);
    const path = sent.location.split('?')[0] ?? '';
    const { text } = await visitor.get(`${path}/payload`);
    assert.ok(text.endsWith(`"data":${data}}`), text);
  });

  it('turn an endpoint off and on, and reveal its secret only to a POST', async () => {
    const { container } = server;
    const app = await container.apps.get(visitor.accountId, appPath.split('/')[2] ?? '');
    const subscription = await container.subscriptions.create(app, { name: 'Initech' });
    const endpoint = await container.endpoints.create(subscription, {
      url: 'http://localhost:9/',
      version: '1.0',
    });
    const path = `${appPath}/endpoints/${endpoint.id}`;
    const secret = container.endpoints.revealSecret(endpoint);
    await visitor.post(`${path}/status`, { status: 'inactive' });
    assert.match((await visitor.get(path)).text, /Someone turned this endpoint off/);
    await visitor.post(`${path}/status`, { status: 'active' });
    const page = await visitor.get(path);
    assert.doesNotMatch(page.text, /Someone turned this endpoint off/);
    assert.ok(!page.text.includes(secret));
    const revealed = await visitor.post(`${path}/secret`, {});
    assert.ok(revealed.text.includes(secret));
    assert.equal(revealed.headers.get('cache-control'), 'no-store');
  });

  it('lead back only to pages of ours after switching the theme', async () => {
    const anyone = visitorOf(server.url);
    for (const back of ['https://evil.example/', '//evil.example', '/\\evil.example', '']) {
      assert.equal((await anyone.post('/theme', { theme: 'dark', back })).location, '/', back);
    }
    assert.equal((await anyone.post('/theme', { theme: 'dark', back: '/sign_in' })).location, '/sign_in');
  });

  it('sign out', async () => {
    const leaving = await signedInVisitor(server);
    await leaving.post('/sign_out', {});
    assert.equal((await leaving.get('/dashboard')).location, '/sign_in');
  });
});
