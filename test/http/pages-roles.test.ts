import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { hasRight, RIGHTS, type Role, ROLES, whyRefused } from '#src/domain/roles/roles.ts';
import { dashboardRouter } from '#src/surfaces/dashboard/router.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { type PageRoute, routesOf } from '#test/support/page-routes.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

/** Pages that need no account. */
const PUBLIC = /^\/(?:(?:sign_in|sign_out|sign_up|password|you|invitations|theme|dev\/mail)(?:\/.*)?)?$/;

describe('the roles of people', () => {
  let server: TestServer;
  let routes: PageRoute[];
  before(async () => {
    server = await sharedServer('web');
    routes = routesOf(dashboardRouter(server.container)).filter(({ path }) => !PUBLIC.test(path));
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('are asked by every page of an account: each names a right', () => {
    assert.ok(routes.length > 40, String(routes.length));
    assert.deepEqual(
      routes.filter(({ right }) => right === undefined || !(right in RIGHTS)),
      [],
    );
    assert.deepEqual(
      routes.filter(({ method, right }) => method === 'post' && right === 'see'),
      [],
      'whoever may only see changes nothing',
    );
  });

  for (const role of ROLES) {
    it(`let ${role} do on each page what the table says, and nothing else`, async () => {
      const browser = await signedInAs(role);
      for (const { method, path, right } of routes) {
        assert.ok(right);
        const address = path.replaceAll(/:\w+/g, randomUUID());
        const answer = method === 'get' ? await browser.get(address) : await browser.post(address, {});
        const name = `${role}: ${method} ${path}`;
        if (hasRight(role, right)) {
          assert.ok(![401, 403, 500].includes(answer.status), `${name}: ${String(answer.status)}`);
        } else {
          assert.equal(answer.status, 403, name);
          assert.ok(answer.text.includes(whyRefused(role, right)), name);
        }
      }
    });
  }

  it('are offered no form that they may not send', async () => {
    const { apps, endpoints, subscriptions, webhookEvents } = server.container;
    for (const role of ROLES) {
      const browser = await signedInAs(role);
      const app = await apps.create(browser.accountId, { name: 'Acme' });
      await webhookEvents.create(app, { eventType: 'order.created' });
      const subscription = await subscriptions.create(app, { name: 'Globex' });
      const { id } = await endpoints.create(subscription, { url: 'http://127.0.0.1:9/', version: '1.0' });
      const pages = ['', `/subscriptions/${subscription.id}`, `/endpoints/${id}`, '/messages'];
      const addresses = ['/apps', '/hook_helpers', ...pages.map((page) => `/apps/${app.id}${page}`)];
      for (const address of addresses) {
        const { text, status } = await browser.get(address);
        assert.equal(status, 200);
        const forms = [...text.matchAll(/method="post"\s+action="([^"?#]*)/g)].map(
          ([, action = '']) => action,
        );
        const links = [...text.matchAll(/href="([^"?#]*\/(?:new|edit))/g)].map(([, href = '']) => href);
        const rightOf = (method: string, target: string) =>
          routes.find((route) => route.method === method && patternOf(route.path).test(target))?.right;
        const offered = [
          ...forms.map((target) => [target, rightOf('post', target)] as const),
          ...links.map((target) => [target, rightOf('get', target)] as const),
        ];
        const refused = offered.filter(([, right]) => right !== undefined && !hasRight(role, right));
        // The events of an endpoint are shown by their form, without its button.
        const forbidden = refused.filter(([target]) => !/\/(events|secret)$/.test(target));
        assert.deepEqual(forbidden, [], `${role} on ${address}`);
      }
    }
  });

  it('keep owners to owners', async () => {
    const { accountId, resourceId } = await server.createAccount();
    const person = async (role: Role) => {
      const browser = new CookieBrowser(server);
      const userId = randomUUID();
      await browser.signOn(resourceId, { userId, email: `${userId}@example.com` });
      const where = { accountId, herokuUserId: userId };
      await server.container.models.Member.update({ role }, { where });
      const member = await server.container.models.Member.findOne({ where, rejectOnEmpty: true });
      return { browser, path: `/settings/team/${member.id}` };
    };
    const [owner, admin, viewer] = [await person('owner'), await person('admin'), await person('viewer')];
    const refused = await admin.browser.post(`${owner.path}/role`, { role: 'member' });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /only an owner may make somebody owner, and change an owner/);
    assert.equal((await admin.browser.post(`${viewer.path}/role`, { role: 'owner' })).status, 403);
    assert.equal((await admin.browser.post(`${viewer.path}/role`, { role: 'member' })).status, 303);
    const last = await owner.browser.post(`${owner.path}/role`, { role: 'admin' });
    assert.equal(last.status, 409);
    assert.match(last.text, /An account needs an owner/);
    assert.equal((await owner.browser.post(`${admin.path}/role`, { role: 'owner' })).status, 303);
    assert.equal((await admin.browser.post(`${owner.path}/remove`, {})).status, 303);
  });

  async function signedInAs(role: Role) {
    const { accountId, resourceId } = await server.createAccount();
    const browser = new CookieBrowser(server);
    await browser.signOn(resourceId);
    await server.container.models.Member.update({ role }, { where: { accountId } });
    return Object.assign(browser, { accountId });
  }
});

const patternOf = (path: string) => new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`);
