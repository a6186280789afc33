import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { NewPortalLink } from '#src/domain/subscriptions/portal-links.ts';
import { createTokenSigner } from '#src/infra/lib/signed-token.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';
import { signedInVisitor, visitorOf } from '#test/support/pages.ts';

const clock = createJumpingClock();
const server = await startTestServer({ clock });
after(() => server[Symbol.asyncDispose]());
const { container } = server;

const subscribedApp = (url = 'http://127.0.0.1:9/') => createSubscribedApp(server, { url });
const pathOf = (url: string) => url.replace(server.url, '');
const linkTo = ({ subscription }: Pick<SubscribedApp, 'subscription'>, link: Partial<NewPortalLink> = {}) =>
  pathOf(container.portalLinks.make(subscription, { expiresInSeconds: 3600, ...link }).url);

/** Someone who followed a link. `home`: the page that it led to. */
async function openedBy(link: string) {
  const opened = await visitorOf(server.url).get(link);
  const [cookie = ''] = opened.headers.getSetCookie();
  const home = opened.location || '/portal';
  return { opened, home, cookie, visitor: visitorOf(server.url, cookie.split(';')[0]) };
}

const homeOf = ({ subscription }: Pick<SubscribedApp, 'subscription'>) => `/portal/${subscription.id}`;

describe('a portal link', () => {
  test('is made by the API, and is good for as long as it says', async () => {
    const { apiKey, subscription } = await subscribedApp();
    const home = homeOf({ subscription });
    const make = async (body: object) => {
      const response = await fetch(`${server.url}/api/v1/subscriptions/${subscription.id}/portal_links`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const made = (await response.json()) as { url: string; expires_at: string };
      return { status: response.status, ...made };
    };
    const made = await make({ expires_in: 120 });
    assert.equal(made.status, 201);
    const leftMs = Date.parse(made.expires_at) - clock.now();
    assert.ok(leftMs > 60_000 && leftMs <= 120_000);
    assert.equal((await openedBy(pathOf(made.url))).opened.location, home);
    const hourMs = Date.parse((await make({})).expires_at) - clock.now();
    assert.ok(hourMs > 3_500_000 && hourMs <= 3_600_000);
    for (const expires_in of [59, 30 * 86_400 + 1, 60.5, '3600', null]) {
      assert.equal((await make({ expires_in })).status, 422, String(expires_in));
    }
  });

  test('leads to a page without the secret in its address, by a cookie that only the portal gets', async () => {
    const mine = await subscribedApp();
    const { opened, cookie, visitor } = await openedBy(linkTo(mine));
    assert.deepEqual([opened.status, opened.location], [303, homeOf(mine)]);
    assert.ok(cookie.includes(`; Path=${homeOf(mine)};`), cookie);
    assert.match(cookie, /HttpOnly/);
    assert.match(cookie, /SameSite=Lax/);
    assert.equal((await visitor.get(homeOf(mine))).status, 200);
  });

  test('and the visit that it opened end together', async () => {
    const link = linkTo(await subscribedApp(), { expiresInSeconds: 1800 });
    const { home, visitor } = await openedBy(link);
    assert.equal((await visitor.get(home)).status, 200);
    clock.jump(0.5);
    assert.equal((await visitor.get(home)).status, 401);
    assert.equal((await openedBy(link)).opened.status, 403);
  });

  test('opens nothing once it was changed', async () => {
    const link = linkTo(await subscribedApp());
    const [, , token = ''] = link.split('/');
    const [content = '', signature = ''] = token.split('.');
    const other = (linkTo(await subscribedApp()).split('/')[2] ?? '').split('.')[0] ?? '';
    const later = {
      ...(JSON.parse(Buffer.from(content, 'base64url').toString()) as object),
      expiresAtMs: 9e15,
    };
    const forged = [
      `${other}.${signature}`,
      `${Buffer.from(JSON.stringify(later)).toString('base64url')}.${signature}`,
      `${content}.`,
      content,
      `${token}x`,
      'x',
    ];
    for (const each of forged) {
      const { opened, visitor } = await openedBy(`/portal/${each}`);
      assert.equal(opened.status, 403, each);
      assert.equal((await visitor.get('/portal')).status, 401);
    }
  });

  test('opens nothing when it was signed for something else', async () => {
    const { subscription } = await subscribedApp();
    const { accountId, id: subscriptionId } = subscription;
    const capabilities = ['view' as const];
    const payload = { accountId, subscriptionId, expiresAtMs: clock.now() + 60_000, epoch: 0, capabilities };
    const sign = (purpose: string) =>
      createTokenSigner(container.config.secrets.app, purpose, clock).sign(payload, 60);
    assert.equal((await openedBy(`/portal/${sign('portal session')}`)).opened.status, 403);
    assert.equal((await openedBy(`/portal/${sign('development sign-in')}`)).opened.status, 403);
    const linkAsCookie = visitorOf(server.url, `hostedhooks.portal.${subscriptionId}=${sign('portal link')}`);
    assert.equal((await linkAsCookie.get(homeOf({ subscription }))).status, 401);
    const session = sign('portal session');
    const other = await subscribedApp();
    const cookies = [subscriptionId, other.subscription.id].map(
      (id) => `hostedhooks.portal.${id}=${session}`,
    );
    const visitor = visitorOf(server.url, cookies.join('; '));
    assert.equal((await visitor.get(homeOf({ subscription }))).status, 200);
    assert.equal((await visitor.get(homeOf(other))).status, 401, 'of another subscriber');
  });

  test('ends with its subscription, also when another takes its id as uid', async () => {
    const { app, subscription } = await subscribedApp();
    const link = linkTo({ subscription });
    const { home, visitor } = await openedBy(link);
    await container.subscriptions.delete(subscription);
    assert.equal((await visitor.get(home)).status, 401);
    assert.equal((await openedBy(link)).opened.status, 403);
    await container.subscriptions.create(app, { name: 'Successor', uid: subscription.id });
    assert.equal((await visitor.get(home)).status, 401);
    assert.equal((await openedBy(link)).opened.status, 403);
  });

  test('for another subscriber leaves the first one its pages in the same browser, and so does a bad one', async () => {
    const [first, second] = [await subscribedApp(), await subscribedApp('http://127.0.0.1:10/second')];
    const browser = new CookieBrowser(server);
    for (const subscriber of [first, second]) {
      assert.equal((await browser.get(linkTo(subscriber))).location, homeOf(subscriber));
    }
    for (const wrong of ['/portal/x.y', '/portal/nothing', '/portal/nothing/here']) {
      assert.ok([403, 404].includes((await browser.get(wrong)).status), wrong);
    }
    assert.match((await browser.get(homeOf(first))).text, /127\.0\.0\.1:9\//);
    assert.match((await browser.get(homeOf(second))).text, /127\.0\.0\.1:10\/second/);
    assert.equal((await browser.get('/portal')).location, homeOf(second), 'the latest');
  });
});

describe('a page of the portal', () => {
  test('shows the endpoints of its subscriber, why one is off, and the latest attempts; of nobody else', async () => {
    await using receiver = await startReceiver(answer(410));
    const mine = await subscribedApp(`${receiver.url}/mine`);
    const { endpoints, subscriptions } = container;
    const neighbour = await subscriptions.create(mine.app, { name: 'Neighbour Inc' });
    await endpoints.create(neighbour, { url: `${receiver.url}/neighbour`, version: '1.0' });
    await mine.post();
    await eventually('off', async () => (await mine.endpointNow()).status === 'inactive');

    const { home, visitor } = await openedBy(linkTo(mine));
    const { text, headers } = await visitor.get(home);
    assert.match(text, /Webhooks from Acme/);
    assert.match(text, /Globex/);
    assert.match(text, /answered 410 Gone/);
    assert.match(text, /class="row-link"[^>]*>410</);
    assert.doesNotMatch(text, /neighbour/i);
    assert.equal(headers.get('cache-control'), 'no-store');
  });

  test('names us only at its foot, and not at all for an app with header names of its own', async () => {
    const named = await openedBy(linkTo(await subscribedApp()));
    assert.match((await named.visitor.get(named.home)).text, /Webhooks by HostedHooks/);
    const own = await createSubscribedApp(server, {
      url: 'http://127.0.0.1:9/',
      app: { headerPrefix: 'Acme' },
    });
    const { home, visitor } = await openedBy(linkTo(own));
    for (const path of [home, '/portal/x.y']) {
      assert.doesNotMatch((await visitor.get(path)).text, /HostedHooks/, path);
    }
  });

  test('gives a signing secret to a POST of its own, and of its own endpoints only', async () => {
    const [mine, strange] = [await subscribedApp(), await subscribedApp()];
    const neighbour = await container.subscriptions.create(mine.app, { name: 'Neighbour' });
    const next = await container.endpoints.create(neighbour, { url: 'http://127.0.0.1:9/', version: '1.0' });
    const { home, visitor } = await openedBy(linkTo(mine));
    const secret = container.endpoints.revealSecret(mine.endpoint);
    const path = (id: string) => `${home}/endpoints/${id}/secret`;

    assert.ok(!(await visitor.get(home)).text.includes(secret));
    assert.ok((await visitor.post(path(mine.endpoint.id), {})).text.includes(secret));
    const asJson = await visitor.post(path(mine.endpoint.id), {}, { accept: 'application/json' });
    assert.equal((JSON.parse(asJson.text) as { secret: string }).secret, secret);
    assert.equal(asJson.headers.get('cache-control'), 'no-store');
    for (const { id } of [next, strange.endpoint]) {
      assert.equal((await visitor.post(path(id), {})).status, 404);
    }
    const foreign = { origin: 'https://evil.example' };
    assert.equal((await visitor.post(path(mine.endpoint.id), {}, foreign)).status, 403);
    assert.equal((await visitorOf(server.url).post(path(mine.endpoint.id), {})).status, 401);
  });

  test('is closed to a session of the dashboard, and the dashboard to one of the portal', async () => {
    const provider = await signedInVisitor(server);
    const { home, visitor } = await openedBy(linkTo(await subscribedApp()));
    assert.equal((await visitorOf(server.url, provider.cookie).get(home)).status, 401);
    assert.equal((await visitorOf(server.url, provider.cookie).get('/portal')).status, 401);
    const { cookie } = await openedBy(linkTo(await subscribedApp()));
    const value = /=([^;]*)/.exec(cookie)?.[1] ?? '';
    for (const each of [visitor, visitorOf(server.url, `hostedhooks.sid=${value}`)]) {
      assert.equal((await each.get('/dashboard')).location, '/sign_in');
      assert.equal((await each.get('/settings/account')).location, '/sign_in');
    }
    assert.equal((await provider.get('/dashboard')).status, 200);
  });

  test('that is none is not found, and shows no way into the dashboard', async () => {
    const { visitor } = await openedBy(linkTo(await subscribedApp()));
    const missing = await visitor.get('/portal/endpoints/x');
    assert.equal(missing.status, 404);
    assert.doesNotMatch(missing.text, /href="\/(dashboard|sign_in)/);
  });
});
