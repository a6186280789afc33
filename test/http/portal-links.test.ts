import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { CAPABILITIES } from '#src/domain/subscriptions/portal-capabilities.ts';
import { portalRouter } from '#src/surfaces/portal/router.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { routesOf } from '#test/support/page-routes.ts';
import { portalPath, portalVisitor } from '#test/support/portal-visitor.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';

describe('a link to the portal', () => {
  let server: TestServer;

  before(async () => {
    server = await sharedServer();
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const subscribed = () => createSubscribedApp(server, { url: 'http://127.0.0.1:9/' });

  /** The subscription's links in the API. */
  const linksOf = ({ apiKey, subscription }: SubscribedApp) => ({
    call: async (method: string, body?: object) => {
      const response = await fetch(`${server.url}/api/v1/subscriptions/${subscription.id}/portal_links`, {
        method,
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
      return { status: response.status, json };
    },
  });

  it('says what it allows, and refuses what it cannot', async () => {
    const links = linksOf(await subscribed());
    const make = (body: object) => links.call('POST', body);
    assert.deepEqual((await make({})).json['capabilities'], [...CAPABILITIES]);
    const asked = {
      capabilities: ['replay', 'secrets'],
      single_use: true,
      return_url: 'https://acme.example',
    };
    const { status, json } = await make(asked);
    assert.equal(status, 201);
    assert.deepEqual([json['capabilities'], json['single_use']], [['view', 'secrets', 'replay'], true]);
    const wrong = [
      { capabilities: [] },
      { capabilities: ['all'] },
      { single_use: 'yes' },
      { return_url: 'javascript:alert(1)' },
      { return_url: 'https://a:b@acme.example/' },
      { return_url: '/settings' },
    ];
    for (const body of wrong) assert.equal((await make(body)).status, 422, JSON.stringify(body));
  });

  it('leads back to a page from the address of a form', async () => {
    const { subscription } = await subscribed();
    const browser = await portalVisitor(server, subscription);
    const home = `/portal/${subscription.id}`;
    for (const [path, to] of Object.entries({
      '/endpoints': '',
      '/endpoints/x/secret/rotate': '/endpoints/x',
    })) {
      const { status, headers } = await browser.get(`${home}${path}`);
      assert.deepEqual([status, headers.get('location')], [303, `${home}${to}`]);
    }
    assert.equal((await browser.get(`${home}/none`)).status, 404);
  });

  it('opens each page to a link that allows it, and tells nothing to any other', async () => {
    const { subscription, endpoint } = await subscribed();
    const other = await subscribed();
    const routes = routesOf(portalRouter(server.container)).filter(({ path }) =>
      path.startsWith('/:subscription'),
    );
    const secret = server.container.endpoints.revealSecret(endpoint);
    const strangers = [
      new CookieBrowser(server),
      await portalVisitor(server, other.subscription),
      await portalVisitor(server, subscription, { expiresInSeconds: -1 }),
    ];
    const lookers = await Promise.all(
      CAPABILITIES.map(async (capability) => {
        const others = CAPABILITIES.filter((one) => one !== capability);
        return { capability, browser: await portalVisitor(server, subscription, { capabilities: others }) };
      }),
    );
    assert.ok(routes.every(({ capability }) => capability !== undefined));
    for (const { method, path, capability } of routes) {
      const address = `/portal${path}`
        .replace(':subscription', subscription.id)
        .replace(':endpoint', endpoint.id)
        .replaceAll(/:\w+/g, randomUUID());
      const ask = (browser: CookieBrowser) =>
        method === 'post' ? browser.post(address, {}) : browser.get(address);
      for (const stranger of strangers) {
        const { status, text } = await ask(stranger);
        assert.equal(status, 401, `${method} ${path}`);
        assert.ok(!text.includes(secret) && !text.includes(endpoint.url), path);
      }
      if (capability === 'view') continue;
      const downgraded = lookers.find((one) => one.capability === capability);
      assert.ok(downgraded);
      const { status, text } = await ask(downgraded.browser);
      assert.equal(status, 403, `${method} ${path}`);
      assert.ok(!text.includes(secret) && !text.includes(endpoint.url), path);
    }
  });

  it('opens once where it should, however many ask at once, and not for who only looks', async () => {
    const { subscription } = await subscribed();
    const path = portalPath(server, subscription, { singleUse: true });
    assert.equal((await fetch(`${server.url}${path}`, { method: 'HEAD' })).status, 403);
    const statuses = await Promise.all(
      Array.from({ length: 5 }, async () => (await new CookieBrowser(server).get(path)).status),
    );
    assert.deepEqual(statuses.sort(), [303, 403, 403, 403, 403]);
    const again = portalPath(server, subscription, { singleUse: true });
    assert.equal((await new CookieBrowser(server).get(again)).status, 303);
  });

  it('ends with all others of its subscriber, with the visits that they opened', async () => {
    const mine = await subscribed();
    const { subscription } = mine;
    const home = `/portal/${subscription.id}`;
    const neighbour = await subscribed();
    const strange = await portalVisitor(server, neighbour.subscription);
    const path = portalPath(server, subscription);
    const browser = await portalVisitor(server, subscription);
    assert.equal((await browser.get(home)).status, 200);
    const ended = await linksOf(mine).call('DELETE');
    assert.equal(ended.status, 204);
    assert.equal((await browser.get(home)).status, 401);
    assert.equal((await new CookieBrowser(server).get(path)).status, 403);
    assert.equal((await strange.get(`/portal/${neighbour.subscription.id}`)).status, 200);
    await subscription.reload();
    assert.equal((await (await portalVisitor(server, subscription)).get(home)).status, 200);
  });

  it('leads to the page that it names', async () => {
    const { subscription, endpoint } = await subscribed();
    const path = portalPath(server, subscription, { path: `endpoints/${endpoint.id}/repair` });
    const { location } = await new CookieBrowser(server).get(path);
    assert.equal(location, `/portal/${subscription.id}/endpoints/${endpoint.id}/repair`);
  });

  /** A browser of somebody of the account, at the page of a subscriber of it. */
  async function provider(role = 'owner') {
    const mine = await subscribed();
    const { pool } = server.container;
    const { accountId } = mine.app;
    const { rows } = await pool.query<{ id: string }>(
      'select id from heroku_resources where account_id = $1',
      [accountId],
    );
    const browser = new CookieBrowser(server);
    await browser.signOn(rows[0]?.id ?? '', { email: 'kim@acme.example' });
    await pool.query('update members set role = $2 where account_id = $1', [accountId, role]);
    const page = `/apps/${mine.app.id}/subscriptions/${mine.subscription.id}`;
    const told = async () => {
      const { rows: events } = await pool.query<{ told: string }>(
        `select concat_ws(' ', actor_type, actor_email, action, object_name) as told from audit_events
         where account_id = $1 order by id`,
        [accountId],
      );
      return events.map((event) => event.told);
    };
    return { ...mine, browser, page, told };
  }

  it('is made on the subscriber’s page, shown once, told in the audit log, and ended there', async () => {
    const { browser, page, subscription, told } = await provider();
    const fields = { expires_in: '3600', capabilities: 'replay' };
    const made = await browser.post(`${page}/portal_links`, fields);
    const [url = ''] = /http[^"<]*\/portal\/[^"<]*/.exec(made.text) ?? [];
    const reader = new CookieBrowser(server);
    assert.equal((await reader.get(url.replace(server.url, ''))).location, `/portal/${subscription.id}`);
    const { text } = await reader.get(`/portal/${subscription.id}`);
    assert.doesNotMatch(text, /Add an endpoint/);
    assert.doesNotMatch((await browser.get(page)).text, /\/portal\/ey/);
    assert.equal((await browser.post(`${page}/portal_links/end`, {})).location, page);
    assert.equal((await reader.get(`/portal/${subscription.id}`)).status, 401);
    const who = 'person kim@acme.example';
    assert.deepEqual((await told()).slice(-2), [
      `${who} portal_link.created Globex`,
      `${who} portal_links.ended Globex`,
    ]);
    assert.equal((await browser.post(`${page}/portal_links`, { ...fields, expires_in: '9' })).status, 422);
  });

  it('opens the portal as the subscriber, with no more than the role has, and is told of', async () => {
    for (const [role, may] of [
      ['owner', true],
      ['member', false],
    ] as const) {
      const { browser, page, subscription, endpoint, told } = await provider(role);
      const link = (await browser.post(`${page}/portal`, {})).location;
      assert.equal((await browser.get(link)).location, `/portal/${subscription.id}`);
      const path = `/portal/${subscription.id}/endpoints/${endpoint.id}`;
      assert.match((await browser.get(path)).text, /You look at this as <strong>Globex/);
      assert.equal((await browser.post(`${path}/secret`, {})).status, may ? 200 : 403, role);
      assert.equal((await browser.post(`${path}/status`, { status: 'inactive' })).status, may ? 303 : 403);
      const all = await told();
      assert.ok(all.includes('person kim@acme.example portal_link.opened Globex'), all.join());
      if (may)
        assert.ok(all.includes('portal kim@acme.example endpoint.disabled http://127.0.0.1:9/'), all.join());
    }
  });

  it('opened as the subscriber does no more than the role has now, and ends with the member', async () => {
    const { app, browser, page, subscription, endpoint } = await provider();
    await browser.get((await browser.post(`${page}/portal`, {})).location);
    const path = `/portal/${subscription.id}/endpoints/${endpoint.id}`;
    const reveal = async () => (await browser.post(`${path}/secret`, {})).status;
    assert.equal(await reveal(), 200);
    const { pool } = server.container;
    await pool.query(`update members set role = 'member' where account_id = $1`, [app.accountId]);
    assert.deepEqual([await reveal(), (await browser.get(path)).status], [403, 200]);
    await pool.query('delete from members where account_id = $1', [app.accountId]);
    assert.equal((await browser.get(path)).status, 401);
  });
});
