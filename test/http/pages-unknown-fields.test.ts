import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { dashboardRouter } from '#src/surfaces/dashboard/router.ts';
import { portalRouter } from '#src/surfaces/portal/router.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { routesOf } from '#test/support/page-routes.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const UNKNOWN = { unknown_field: '1' };

describe('a field that no page has', () => {
  let server: TestServer;
  let browser: CookieBrowser;
  let portalHome: string;

  before(async () => {
    server = await sharedServer();
    browser = new CookieBrowser(server);
    portalHome = await openWorld();
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('is refused and named by every address that takes a form', async () => {
    const { container } = server;
    const routes = [
      ...routesOf(dashboardRouter(container)),
      ...routesOf(portalRouter(container)).map((route) => ({ ...route, path: `/portal${route.path}` })),
    ].filter(({ method }) => method === 'post');
    assert.ok(routes.length > 20, String(routes.length));
    for (const { path } of routes) {
      const { status, text } = await browser.post(path.replaceAll(/:\w+/g, randomUUID()), UNKNOWN);
      assert.deepEqual([status, text.includes('unknown_field is unknown')], [422, true], path);
    }
  });

  it('is refused in another shape, too: a form is a form', async () => {
    const json = { 'content-type': 'application/json' };
    assert.equal((await browser.post('/apps', { name: 'Acme' }, json)).status, 415);
    const sent = await browser.post(`${portalHome}/endpoints/${randomUUID()}/secret`, { a: 'b' }, json);
    assert.equal(sent.status, 415);
    assert.equal((await browser.post('/theme', { theme: 'blue' })).status, 400);
    const chunked = await fetch(`${server.url}/theme`, {
      method: 'POST',
      headers: { origin: server.url, ...json },
      body: new Blob(['{}']).stream(),
      duplex: 'half',
    });
    assert.equal(chunked.status, 415);
  });

  it('would hide one of two addresses: a new endpoint has a URL or a Hook Helper', async () => {
    const { app, subscription, resourceId } = await world();
    await browser.signOn(resourceId);
    const path = `/apps/${app.id}/subscriptions/${subscription.id}/endpoints?addon=${resourceId}`;
    const fields = { url: 'https://example.com/', helper: 'new', version: '1.0' };
    const { status, text } = await browser.post(path, fields);
    assert.equal(status, 422);
    assert.match(text, /id="url-error">.*Enter a URL or choose a Hook Helper, not both/);
  });

  // The last, because it signs out.
  it('is refused where a form of a page is sent with it, and what the form has is known', async () => {
    const forms = await everyForm();
    assert.ok(forms.length > 15, forms.map(({ action }) => action).join(' '));
    for (const { action, fields, page } of forms) {
      const name = `${action} on ${page}`;
      const more = await browser.post(action, { ...fields, ...UNKNOWN });
      assert.deepEqual([more.status, more.text.includes('unknown_field is unknown')], [422, true], name);
    }
    for (const { action, fields, page } of forms) {
      const own = await browser.post(action, fields);
      assert.doesNotMatch(own.text, /is unknown/, `${action} on ${page}`);
    }
  });

  async function world() {
    const made = await createSubscribedApp(server, {
      url: 'http://127.0.0.1:9/',
      retryDelaysSeconds: [0.01],
    });
    const { accountId } = made.app;
    const { rows } = await server.container.pool.query<{ id: string }>(
      'select id from heroku_resources where account_id = $1',
      [accountId],
    );
    return { ...made, accountId, resourceId: rows[0]?.id ?? '' };
  }

  /** Signs on to an account with something on every page, and to a portal of it; answers the portal's home. */
  async function openWorld(): Promise<string> {
    const { accountId, app, subscription, post, endpointNow, resourceId } = await world();
    await server.container.hookHelpers.create(accountId, { label: 'Mine' });
    const { message } = await post();
    // The second attempt was the last one: now the message can be replayed.
    await eventually('off', async () => (await endpointNow()).status === 'inactive');
    assert.equal(message.appId, app.id);
    const { url } = server.container.portalLinks.make(subscription, { expiresInSeconds: 3600 });
    await browser.get(url.replace(server.url, ''));
    await browser.signOn(resourceId);
    return `/portal/${subscription.id}`;
  }

  /** Forms that change something, each once, of all pages that links of the dashboard and the portal lead to. */
  async function everyForm() {
    const found = new Map<string, { action: string; fields: Record<string, string>; page: string }>();
    const pages = ['/dashboard', '/sign_in', portalHome];
    const seen = new Set(pages.map(kindOf));
    for (const page of pages) {
      const { text } = await browser.get(page);
      for (const form of formsOf(text)) {
        const kind = kindOf(form.action) + Object.keys(form.fields).sort().join();
        if (!found.has(kind)) found.set(kind, { ...form, page });
      }
      for (const [, link = ''] of text.matchAll(/<a [^>]*href="(\/[^"#]*)/g)) {
        if (/^\/docs|^\/assets|export/.test(link) || seen.has(kindOf(link))) continue;
        seen.add(kindOf(link));
        pages.push(link);
      }
    }
    // Signing out comes last.
    return [...found.values()].sort(
      (a, b) => Number(a.action.includes('sign_out')) - Number(b.action.includes('sign_out')),
    );
  }
});

/** An address with its ids and query left out. */
const kindOf = (address: string) =>
  address.replace(/[?#].*/, '').replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, ':id');

/** The forms of a page that change something, with the fields as they stand. */
function formsOf(html: string) {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].flatMap(([, head = '', body = '']) => {
    const action = /action="([^"#]*)/.exec(head)?.[1];
    if (action === undefined || !head.includes('method="post"')) return [];
    const controls = [...body.matchAll(/<(?:input|select|textarea|button)\b([^>]*\bname="([^"]*)"[^>]*)>/g)];
    const fields = controls.map(([, attributes = '', name = '']) => [
      name,
      /\bvalue="([^"]*)"/.exec(attributes)?.[1] ?? '',
    ]);
    return [{ action, fields: Object.fromEntries(fields) as Record<string, string> }];
  });
}
