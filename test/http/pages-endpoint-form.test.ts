import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { EndpointChanges } from '#src/domain/endpoints/endpoints.ts';
import { answer } from '#test/support/behaviours.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import type { ReceivedRequest } from '#test/support/received-request.ts';
import { startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { EVENT_TYPE } from '#test/support/subscribed-app.ts';

const CREDENTIALS = {
  rules: { auth: { type: 'bearer', token: 'top-secret-token' }, headers: { 'X-Tenant': 'globex' } },
} satisfies EndpointChanges;

describe('the form of an endpoint', () => {
  let server: TestServer;
  before(async () => {
    server = await sharedServer();
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('sends a signed test without saving, and shows the answer beside what was typed', async () => {
    await using receiver = await startReceiver(answer(418, { body: '<b>teapot</b>' }));
    const { browser, page, app, subscription } = await world();
    const fields = { url: `${receiver.url}/new`, version: '7.1', events: 'all' };
    const tried = await browser.post(`${page}/subscriptions/${subscription.id}/endpoints/try`, fields);
    assert.equal(tried.status, 200);
    assert.match(tried.text, /answered 418, which is not a success \(user\.created\)\. Nothing is saved\./);
    assert.match(tried.text, /&lt;b&gt;teapot/);
    assert.match(tried.text, /value="7\.1"/);
    const request = await receiver.nextRequest();
    assert.match(String(request.headers['webhook-signature']), /^v1,/);
    assert.equal(request.headers['hostedhooks-trigger'], 'test');
    assert.deepEqual(await server.container.endpoints.listOfApp(app, { limit: 1, offset: 0 }), []);
    assert.deepEqual(await server.container.attempts.page(app, {}, { limit: 1, offset: 0 }), []);

    receiver.behave(answer(200));
    const { endpoint } = await world({ url: receiver.url, ...CREDENTIALS }, browser);
    const href = `/apps/${endpoint.appId}/endpoints/${endpoint.id}`;
    assert.match((await browser.post(`${href}/try`, fields)).text, /answered 200 \(user\.created\)/);
    const signed = await receiver.nextRequest();
    assert.ok(
      !JSON.stringify(signed.headers).includes('top-secret-token'),
      'no credentials to what is typed',
    );
    const { url } = await server.container.endpoints.getOfAccount(browser.accountId, endpoint.id);
    assert.equal(url, endpoint.url);
  });

  it('signs a test with the secret only where the endpoint is already, and records who sent it', async () => {
    await using receiver = await startReceiver(answer(200));
    await using elsewhere = await startReceiver(answer(200));
    const { browser, app, subscription, endpoint } = await world({ url: receiver.url });
    await server.container.models.Member.update(
      { role: 'member' },
      { where: { accountId: browser.accountId } },
    );
    const secret = server.container.endpoints.revealSecret(endpoint);
    const href = `/apps/${app.id}/endpoints/${endpoint.id}`;
    const fields = { version: '1.0', events: 'all' };
    const isSigned = ({ headers, body }: ReceivedRequest) => {
      const [, at, signature] = /t=(\d+),s=(.*)/.exec(String(headers['hostedhooks-signature'])) ?? [];
      return (
        signature ===
        createHmac('sha256', secret)
          .update(`${String(at)}.${body.toString()}`)
          .digest('hex')
      );
    };
    const here = await browser.post(`${href}/try`, { ...fields, url: `${receiver.url}/other-path` });
    assert.doesNotMatch(here.text, /It was signed with a throw-away/);
    assert.ok(isSigned(await receiver.nextRequest()));
    const there = await browser.post(`${href}/try`, { ...fields, url: `${elsewhere.url}/in/T0ken8Path` });
    assert.match(there.text, /signed with a throw-away secret, because the URL is of another/);
    assert.ok(!isSigned(await elsewhere.nextRequest()), 'the secret signs nothing for another host');
    await browser.post(`/apps/${app.id}/subscriptions/${subscription.id}/endpoints/try`, {
      ...{ ...fields, url: elsewhere.url },
    });

    const recorded = await server.container.auditEvents.list(
      browser.accountId,
      { action: 'endpoint.tried' },
      { limit: 9, offset: 0 },
    );
    assert.deepEqual(
      recorded.map(({ actor, object, details }) => [
        actor.type,
        object.id,
        details['to'],
        details['signed_by'],
      ]),
      [
        ['person', subscription.id, elsewhere.url, 'a throw-away secret'],
        ['person', endpoint.id, elsewhere.url, 'a throw-away secret'],
        ['person', endpoint.id, receiver.url, 'the secret'],
      ],
    );
    assert.doesNotMatch(JSON.stringify(recorded), /T0ken8Path/);
  });

  it('tests with an event of a pattern that is chosen', async () => {
    await using receiver = await startReceiver(answer(200));
    const { browser, page, app, subscription } = await world();
    await server.container.webhookEvents.create(app, { eventType: 'zebra.fed' });
    const fields = { url: receiver.url, version: '1.0', events: 'some', event_patterns: 'zebra.*' };
    const tried = await browser.post(`${page}/subscriptions/${subscription.id}/endpoints/try`, fields);
    assert.match(tried.text, /answered 200 \(zebra\.fed\)/);
  });

  it('refuses to test what an endpoint may not have, and more tests than there may be', async () => {
    const { browser, page, subscription } = await world();
    const path = `${page}/subscriptions/${subscription.id}/endpoints/try`;
    for (const url of ['ftp://example.com/', 'http://user:pw@example.com/', 'nonsense']) {
      const refused = await browser.post(path, { url, version: '1.0', events: 'all' });
      assert.equal(refused.status, 422, url);
      assert.match(refused.text, /The URL /);
    }
    assert.equal(
      (await browser.post(path, { url: 'http://127.0.0.1:9/', version: '1.0', x: '1' })).status,
      422,
    );
    await server.container.models.Member.update(
      { role: 'viewer' },
      { where: { accountId: browser.accountId } },
    );
    assert.equal((await browser.post(path, { url: 'http://127.0.0.1:9/', version: '1.0' })).status, 403);
  });

  it('makes an endpoint that is off, and lists the versions in use', async () => {
    const { browser, page, app, subscription } = await world({ url: 'http://127.0.0.1:9/', version: '2.5' });
    const at = `${page}/subscriptions/${subscription.id}/endpoints`;
    assert.match((await browser.get(`${at}/new`)).text, /In use: 2\.5\..*<option value="2\.5">/s);
    await browser.post(at, {
      url: 'http://127.0.0.1:9/off',
      version: '1.0',
      events: 'all',
      status: 'inactive',
    });
    const [newest] = await server.container.endpoints.listOfApp(app, { limit: 1, offset: 0 });
    assert.deepEqual([newest?.url, newest?.status], ['http://127.0.0.1:9/off', 'inactive']);
  });

  it('leaves credentials behind when the URL is of another host, unless who may see them says so', async () => {
    const { browser, app, endpoint } = await world({ url: 'http://127.0.0.1:9/a', ...CREDENTIALS });
    const href = `/apps/${app.id}/endpoints/${endpoint.id}`;
    const rulesNow = async () => {
      const now = await server.container.endpoints.getOfApp(app, endpoint.id);
      return Object.keys(server.container.endpoints.revealRules(now));
    };
    const save = (url: string, more = {}) =>
      browser.post(href, { url, version: '1.0', events: 'all', description: '', ...more });
    await save('http://127.0.0.1:9/other-path');
    assert.deepEqual(await rulesNow(), ['auth', 'headers']);
    await save('http://127.0.0.1:10/a', { keep_credentials: 'on' });
    assert.deepEqual(await rulesNow(), ['auth', 'headers']);
    await server.container.models.Member.update(
      { role: 'member' },
      { where: { accountId: browser.accountId } },
    );
    assert.match((await browser.get(`${href}/edit`)).text, /leaves its authentication and headers behind/);
    await save('http://127.0.0.1:11/a', { keep_credentials: 'on' });
    assert.deepEqual(await rulesNow(), [], 'a member may not see them, and sends them nowhere');
    assert.match((await browser.get(href)).text, /stayed behind/);
    const moved = await server.container.endpoints.getOfApp(app, endpoint.id);
    await server.container.endpoints.update(moved, { status: 'inactive' });
    await save('http://127.0.0.1:11/b');
    assert.match((await browser.get(href)).text, /The endpoint is saved\. It is still off/);
  });

  it('does so in the API, where they may be given again and a mask stands for nothing', async () => {
    const { app, endpoint } = await world({ url: 'http://127.0.0.1:9/a', ...CREDENTIALS });
    const { endpoints } = server.container;
    const masked = { ...endpoint.rules };
    await assert.rejects(
      endpoints.update(endpoint, { url: 'http://127.0.0.1:10/', rules: masked }),
      /must be given/,
    );
    const auth = { type: 'bearer' as const, token: 'another-token' };
    const moved = await endpoints.update(endpoint, { url: 'http://127.0.0.1:10/', rules: { auth } });
    assert.deepEqual(endpoints.revealRules(moved), { auth });
    const again = await endpoints.update(moved, { url: 'http://127.0.0.1:11/' });
    assert.deepEqual([again.rules, again.ruleSecretsEncrypted], [{}, null]);
    assert.equal(again.appId, app.id);
  });

  it('keeps them from http to https of the same host, and on no other way to another scheme', async () => {
    const { endpoints } = server.container;
    const { endpoint } = await world({ url: 'http://example.com/a', ...CREDENTIALS });
    const keeps = async (url: string, to: string) => {
      const from = await endpoints.update(endpoint, {
        url,
        rules: CREDENTIALS.rules,
        keepsCredentials: true,
      });
      const moved = await endpoints.update(from, { url: to });
      return moved.rules.auth !== undefined && moved.ruleSecretsEncrypted !== null;
    };
    assert.ok(await keeps('http://example.com/a', 'https://example.com/b'));
    const helper = `https://example.com/r/${'a'.repeat(20)}`;
    assert.ok(await keeps(helper, `${helper}/path`));
    for (const [url, to] of [
      ['https://example.com/a', 'http://example.com/a'],
      ['http://example.com/a', 'https://www.example.com/a'],
      ['http://example.com/a', 'https://example.com:444/a'],
      ['http://example.com:8080/a', 'https://example.com:8080/a'],
      ['http://example.com:443/a', 'https://example.com/a'],
      ['https://example.com/a', `https://example.com/r/${'a'.repeat(20)}`],
      [`https://example.com/r/${'a'.repeat(20)}`, `https://example.com/r/${'b'.repeat(20)}`],
      [`http://example.com/r/${'a'.repeat(20)}`, `https://example.com/R/%62${'b'.repeat(19)}/path`],
    ] as const) {
      assert.ok(!(await keeps(url, to)), `${url} to ${to}`);
    }
  });

  async function world(
    changes?: Omit<EndpointChanges, 'version'> & { url: string; version?: string },
    known?: CookieBrowser & { accountId: string },
  ) {
    const { apps, endpoints, subscriptions, webhookEvents } = server.container;
    const browser = known ?? (await signedIn());
    const app = await apps.create(browser.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    const subscription = await subscriptions.create(app, { name: 'Globex' });
    const endpoint = changes && (await endpoints.create(subscription, { version: '1.0', ...changes }));
    return {
      browser,
      app,
      subscription,
      endpoint: endpoint as NonNullable<typeof endpoint>,
      page: `/apps/${app.id}`,
    };
  }

  async function signedIn() {
    const { accountId, resourceId } = await server.createAccount();
    const browser = new CookieBrowser(server);
    await browser.signOn(resourceId);
    return Object.assign(browser, { accountId });
  }
});
