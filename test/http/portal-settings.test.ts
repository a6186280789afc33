import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { answer } from '#test/support/behaviours.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { portalPath, portalVisitor } from '#test/support/portal-visitor.ts';
import { startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const FRAMED = { 'sec-fetch-dest': 'iframe' };

describe('the portal of an app', () => {
  let server: TestServer;

  before(async () => {
    server = await sharedServer();
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  async function appWith(portal: object, url = 'http://127.0.0.1:9/') {
    const subscribed = await createSubscribedApp(server, { url });
    const response = await fetch(`${server.url}/api/v1/apps/${subscribed.app.id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${subscribed.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ portal }),
    });
    const home = `/portal/${subscribed.subscription.id}`;
    return { ...subscribed, home, status: response.status };
  }

  it('has the name, logo, colour, words and way back of the provider, and none of another host', async () => {
    const { home, subscription } = await appWith({
      name: 'Acme Webhooks',
      logo_url: 'https://cdn.acme.example/logo.svg',
      accent: '#ffe600',
      return_url: 'https://acme.example/settings',
      strings: { heading: 'Integrations', introduction: 'Hello there.', support: 'Ask help@acme.example.' },
    });
    const browser = await portalVisitor(server, subscription);
    const { text, headers } = await browser.get(home);
    for (const shown of ['Acme Webhooks', 'Integrations', 'Hello there.', 'Ask help@acme.example.']) {
      assert.ok(text.includes(shown), shown);
    }
    assert.match(text, /<img [^>]*src="https:\/\/cdn\.acme\.example\/logo\.svg"/);
    assert.match(text, /href="https:\/\/acme\.example\/settings"/);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /img-src 'self' data: https:\/\/cdn\.acme\.example(;|$)/);
    const [, sheet = ''] = /href="([^"]*brand\.css[^"]*)"/.exec(text) ?? [];
    assert.match((await browser.get(sheet)).text, /--accent: #ffe600;[^]*--on-accent: #16141c;/);
    assert.equal((await new CookieBrowser(server).get(sheet)).status, 401);
    const own = await portalVisitor(server, subscription, { returnUrl: 'https://acme.example/elsewhere' });
    assert.match((await own.get(home)).text, /href="https:\/\/acme\.example\/elsewhere"/);
  });

  it('refuses what a page must not have', async () => {
    for (const portal of [
      { logo_url: 'javascript:alert(1)' },
      { logo_url: 'https://a;script-src.example/' },
      { logo_url: 'https://cdn.acme.example/a\nb.svg' },
      { return_url: ' https://acme.example/settings' },
      { return_url: 'https://acme.example/a\tb' },
      { accent: 'red' },
      { accent: '#fff' },
      { frame_origins: ['https://acme.example/path'] },
      { frame_origins: ['*'] },
      { frame_origins: ["https://a.example;script-src 'unsafe-inline'"] },
      { frame_origins: ['https://a,b.example'] },
      { return_url: 'data:text/html,x' },
      { payloads: 'some' },
      { strings: { other: 'x' } },
    ]) {
      assert.equal((await appWith(portal)).status, 422, JSON.stringify(portal));
    }
  });

  it('shows as much of a payload as the app says', async () => {
    await using receiver = await startReceiver(answer(200, { body: '{"echo":"Kim"}' }));
    for (const [payloads, sees] of [
      ['full', { value: true, name: true }],
      ['redacted', { value: false, name: true }],
      ['none', { value: false, name: false }],
    ] as const) {
      const { home, subscription, post } = await appWith({ payloads }, receiver.url);
      await post({ dataText: '{"customer":{"first":"Kim"}}', headers: { 'x-customer': 'Kim' } });
      const latest = () => server.container.attempts.latestOfSubscription(subscription, 1);
      await eventually('logged', async () => (await latest()).length === 1);
      const [attempt] = await latest();
      const browser = await portalVisitor(server, subscription);
      const { text } = await browser.get(`${home}/attempts/${attempt?.id ?? ''}`);
      assert.equal(text.includes('Kim'), sees.value, payloads);
      assert.equal(text.includes('customer'), sees.name, payloads);
      assert.match(text, /answered 200/);
    }
  });

  it('is framed by the origins that the app names, with a cookie of the frame, and by no other', async () => {
    const origins = ['https://app.acme.example', 'http://localhost:4000'];
    const framed = await appWith({ frame_origins: origins, return_url: 'https://acme.example/' });
    const alone = await appWith({});
    for (const [{ home, subscription }, ancestors] of [
      [framed, origins.join(' ')],
      [alone, "'none'"],
    ] as const) {
      const link = portalPath(server, subscription);
      const browser = new CookieBrowser(server);
      for (const path of [link, home]) {
        const { headers } = await browser.get(path);
        const policy = headers.get('content-security-policy') ?? '';
        assert.ok(policy.includes(`frame-ancestors ${ancestors}`), policy);
        assert.equal(headers.get('x-frame-options'), subscription === alone.subscription ? 'DENY' : null);
      }
    }
    const reader = await portalVisitor(server, framed.subscription, { capabilities: ['view'] });
    const refused = await reader.get(`${framed.home}/endpoints/new`, FRAMED);
    assert.equal(refused.status, 403);
    assert.ok(
      (refused.headers.get('content-security-policy') ?? '').includes(`frame-ancestors ${origins.join(' ')}`),
    );
    assert.ok(refused.text.includes(`href="${framed.home}">Back to the endpoints`));
    const browser = new CookieBrowser(server);
    const opened = await browser.get(portalPath(server, framed.subscription), FRAMED);
    for (const cookie of opened.headers.getSetCookie()) {
      assert.match(
        cookie,
        /; HttpOnly; Secure; SameSite=None; Partitioned|; HttpOnly; Secure; Partitioned; SameSite=None/,
      );
    }
    const { text } = await browser.get(framed.home, FRAMED);
    assert.match(text, /data-framed/);
    assert.doesNotMatch(text, /Back to/);
  });

  it('is set on a page of the dashboard, which says what it cannot be', async () => {
    const { app } = await appWith({});
    const { rows } = await server.container.pool.query<{ id: string }>(
      'select id from heroku_resources where account_id = $1',
      [app.accountId],
    );
    const browser = new CookieBrowser(server);
    await browser.signOn(rows[0]?.id ?? '');
    const path = `/apps/${app.id}/portal`;
    const fields = {
      payloads: 'none',
      accent: '#7c3aed',
      frame_origins: 'https://a.example\r\nhttps://b.example',
    };
    assert.equal((await browser.post(path, fields)).location, `/apps/${app.id}`);
    const { portal } = await server.container.apps.get(app.accountId, app.id);
    assert.deepEqual(
      [portal.payloads, portal.accent, portal.frame_origins],
      ['none', '#7c3aed', ['https://a.example', 'https://b.example']],
    );
    assert.match((await browser.get(path)).text, /value="#7c3aed"/);
    const { status, text } = await browser.post(path, {
      ...fields,
      accent: 'red',
      frame_origins: 'a.example',
    });
    assert.equal(status, 422);
    assert.match(text, /id="accent-error">.*must be a colour/);
    assert.match(text, /id="frame_origins-error">.*must be an origin/);
  });
});
