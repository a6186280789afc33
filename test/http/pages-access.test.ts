import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor, signInPath, type Visitor, visitorOf } from '#test/support/pages.ts';

const PRIVATE = [
  '/dashboard',
  '/find',
  '/apps',
  '/apps/new',
  '/logs',
  '/hook_helpers',
  '/getting_started',
  '/settings/account',
  '/settings/audit',
];

describe('access to pages', () => {
  let server: TestServer;
  let owner: Visitor;
  let stranger: Visitor;
  let owned: string[];

  before(async () => {
    server = await sharedServer('web');
    owner = await signedInVisitor(server);
    stranger = await signedInVisitor(server);
    owned = await createOwned(server, owner.accountId);
  });
  after(() => server[Symbol.asyncDispose]());

  const dashboard = () => `/dashboard?addon=${owner.resourceId}`;

  it('needs a session for everything that is somebody’s', async () => {
    const anyone = visitorOf(server.url);
    for (const path of [...PRIVATE, ...owned]) {
      const answer = await anyone.get(path);
      assert.deepEqual([answer.status, answer.location], [302, '/sign_in'], path);
    }
  });

  it('answers 404 for another account’s, to its owner 200', async () => {
    for (const path of owned) {
      assert.equal((await owner.get(path)).status, 200, path);
      assert.equal((await stranger.get(path)).status, 404, path);
    }
  });

  it('changes nothing of another account’s', async () => {
    const [app, , endpoint] = owned;
    for (const [path, fields] of [
      [`${app ?? ''}/subscriptions`, { name: 'Mine' }],
      [`${endpoint ?? ''}/status`, { status: 'inactive' }],
      [`${endpoint ?? ''}/secret`, {}],
    ] as const) {
      assert.equal((await stranger.post(path, fields)).status, 404, path);
    }
  });

  it('joins no app with a subscriber or endpoint of another app', async () => {
    const other = await server.container.apps.create(owner.accountId, { name: 'Other' });
    for (const path of owned.slice(1, 4)) {
      const elsewhere = path.replace(/^\/apps\/[^/]+/, `/apps/${other.id}`);
      assert.equal((await owner.get(elsewhere)).status, 404, elsewhere);
    }
  });

  it('shows a page for what does not exist, and for addresses that make no sense', async () => {
    for (const path of ['/nothing', '/apps/%00', '/hook_helpers/x', '/apps/not-a-uuid/webhook_attempts/y']) {
      const answer = await owner.get(path);
      assert.equal(answer.status, 404, path);
      assert.match(answer.text, /There is nothing here/);
      assert.match(answer.text, /aria-label="Main"/, 'in the layout of whoever is signed in');
    }
    assert.equal((await owner.get('/apps/%E0%A4%A')).status, 400);
  });

  it('survives filters and cursors that make no sense', async () => {
    const log = `${owned[0] ?? ''}/webhook_attempts`;
    for (const query of [
      'status=x',
      'event_type=%00',
      'endpoint_id=1',
      'before=x',
      'status=a&status=b',
      'after=1',
    ]) {
      assert.equal((await owner.get(`${log}?${query}`)).status, 200, query);
    }
  });

  it('answers 500 with a request id and no detail when something breaks', async () => {
    const { apps } = server.container;
    const list = apps.list.bind(apps);
    apps.list = () => Promise.reject(new Error('the secret inner workings'));
    const answer = await owner.get('/apps');
    apps.list = list;
    assert.equal(answer.status, 500);
    assert.ok(answer.text.includes(answer.headers.get('x-request-id') ?? '?'));
    assert.doesNotMatch(answer.text, /inner workings/);
  });

  it('leads after the sign-in to the page that was asked for, once', async () => {
    const anyone = visitorOf(server.url);
    const asked = await anyone.get('/apps/new?from=mail');
    const cookie = (asked.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
    const signedIn = await visitorOf(server.url, cookie).get(signInPath(server, owner));
    assert.equal(signedIn.location, `/apps/new?from=mail&addon=${owner.resourceId}`);
    assert.match(
      signedIn.headers.getSetCookie().join('\n'),
      /hostedhooks\.return=;.*Expires=Thu, 01 Jan 1970/,
    );
    assert.equal((await anyone.get(signInPath(server, owner))).location, dashboard());
  });

  it('leads to the dashboard when the page that was asked for was of another add-on', async () => {
    for (const [asked, location] of [
      [owner, `/logs?addon=${owner.resourceId}`],
      [stranger, dashboard()],
    ] as const) {
      const cookie = `hostedhooks.return=${encodeURIComponent(`/logs?addon=${asked.resourceId}`)}`;
      const signedIn = await visitorOf(server.url, cookie).get(signInPath(server, owner));
      assert.equal(signedIn.location, location);
    }
  });

  it('never leads to another site after the sign-in', async () => {
    for (const planted of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      'javascript:alert(1)',
      '',
      'evil',
      '/\r\nset-cookie: a=b',
    ]) {
      const visitor = visitorOf(server.url, `hostedhooks.return=${encodeURIComponent(planted)}`);
      assert.equal((await visitor.get(signInPath(server, owner))).location, dashboard(), planted);
    }
    const broken = visitorOf(server.url, 'hostedhooks.return=%E0%A4%A');
    assert.equal((await broken.get(signInPath(server, owner))).location, dashboard());
    const strange = await visitorOf(server.url).get('/apps//evil.example');
    const cookie = (strange.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
    const location = (await visitorOf(server.url, cookie).get(signInPath(server, owner))).location;
    assert.equal(new URL(location, server.url).origin, server.url);
  });

  it('is guarded by a strict content security policy', async () => {
    const policy = (await visitorOf(server.url).get('/')).headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
  });
});

/** One of everything, by its page. */
async function createOwned(server: TestServer, accountId: string): Promise<string[]> {
  const { apps, webhookEvents, subscriptions, endpoints, hookHelpers, acceptor } = server.container;
  const app = await apps.create(accountId, { name: 'Acme' });
  await webhookEvents.create(app, { eventType: 'order.created' });
  const subscription = await subscriptions.create(app, { name: 'Globex' });
  const endpoint = await endpoints.create(subscription, { url: 'http://localhost:9/', version: '1.0' });
  const helper = await hookHelpers.create(accountId, { label: 'Helper' });
  const { message } = await acceptor.accept({
    target: { accountId, appId: app.id, subscriptionId: null, endpointId: null },
    eventType: 'order.created',
    version: '1.0',
    dataText: '{}',
    eventId: null,
    overridePayload: false,
    headers: null,
    deliverAt: null,
  });
  const path = `/apps/${app.id}`;
  return [
    path,
    `${path}/subscriptions/${subscription.id}`,
    `${path}/endpoints/${endpoint.id}`,
    `${path}/messages/${message.id}`,
    `${path}/messages/${message.id}/payload`,
    `${path}/webhook_attempts`,
    `${path}/webhook_events/new`,
    `/hook_helpers/${helper.id}`,
  ];
}
