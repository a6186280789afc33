import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { apiRequests } = server.container;

/** An account whose program misspelt an event type, and somebody who looks at its pages. */
async function refusedProgram() {
  const { resourceId, accountId, apiKey } = await server.createAccount();
  const browser = new CookieBrowser(server);
  await browser.signOn(resourceId, { email: 'ada@example.com' });
  const { body } = await post(apiKey, '/apps', { name: 'Shop' });
  const path = `/apps/${String(body['id'])}/messages`;
  const message = { event_type: 'order.creatd', event_id: `order-${accountId}`, version: '1.0', data: {} };
  await post(apiKey, path, message);
  const filters = { outcome: 'refused' } as const;
  const read = async () => (await apiRequests.list(accountId, filters, { limit: 1, offset: 0 }))[0];
  await eventually('logged', async () => (await read()) !== undefined);
  return { browser, apiKey, message, path, request: await read() };
}

async function post(key: string, path: string, sent: object) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(sent),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('the pages of API requests', () => {
  it('say what was refused and why, and lead to the request as a command without the key', async () => {
    const { apiKey, browser, message, path, request } = await refusedProgram();
    const list = await browser.get('/requests');
    assert.equal(list.status, 200);
    assert.match(list.text, /Refused, 422/);
    assert.ok(list.text.includes(path) && list.text.includes(message.event_id));
    const page = await browser.get(`/requests/${request?.id ?? ''}`);
    assert.match(page.text, /What to do:<\/strong> Create the webhook event in the app/);
    assert.ok(page.text.includes(`curl -X POST &#39;${server.url}/api/v1${path}&#39;`));
    assert.match(page.text, /Bearer \$HOSTEDHOOKS_API_KEY/);
    assert.ok(!page.text.includes(apiKey));
  });

  it('show what was accepted where asked for, and nothing where nothing matches', async () => {
    const { browser } = await refusedProgram();
    assert.match((await browser.get('/requests?show=accepted')).text, /Accepted, 201/);
    assert.match((await browser.get('/requests?status=402')).text, /Nothing matches/);
    assert.match(
      (await browser.get('/requests?status=4')).text,
      /“status” has a value that nothing here has/,
    );
    const { resourceId } = await server.createAccount();
    const other = new CookieBrowser(server);
    await other.signOn(resourceId);
    assert.match((await other.get('/requests')).text, /No request yet/);
  });

  it('are found by the id of the answer and by the event, and by nobody else', async () => {
    const { browser, message, request } = await refusedProgram();
    const page = `/requests/${request?.id ?? ''}`;
    for (const q of [request?.requestId ?? '', message.event_id]) {
      assert.equal((await browser.get(`/find?q=${q}`)).location.split('?')[0], page);
    }
    const { browser: other } = await refusedProgram();
    assert.equal((await other.get(`/find?q=${message.event_id}`)).status, 200);
    assert.equal((await other.get(page)).status, 404);
  });
});

describe('a page is compressed', () => {
  const encodingFor = async (headers: Record<string, string>, init: RequestInit = {}) => {
    const answer = await fetch(`${server.url}/sign_in`, { ...init, headers });
    await answer.text();
    return answer.headers.get('content-encoding');
  };

  it('where the browser takes that, and reads as it was', async () => {
    assert.equal(await encodingFor({ 'accept-encoding': 'gzip', 'sec-fetch-site': 'same-origin' }), 'gzip');
    assert.equal(await encodingFor({ 'accept-encoding': 'identity' }), null);
    const [plain, zipped] = await Promise.all(
      ['identity', 'gzip'].map(async (encoding) =>
        (await fetch(`${server.url}/sign_in`, { headers: { 'accept-encoding': encoding } })).text(),
      ),
    );
    assert.equal(zipped, plain);
    for (const path of ['app.css', 'css/landing.css']) {
      const sheet = await fetch(`${server.url}/assets/${path}`);
      assert.equal(sheet.headers.get('content-encoding'), 'gzip');
      assert.equal(sheet.headers.get('content-type'), 'text/css; charset=utf-8');
      assert.match(await sheet.text(), /@layer/);
    }
  });

  it('never where another site asks, nor as the answer to a form, which may show a secret', async () => {
    for (const site of ['cross-site', 'same-site']) {
      assert.equal(await encodingFor({ 'accept-encoding': 'gzip', 'sec-fetch-site': site }), null);
    }
    const { resourceId, accountId } = await server.createAccount();
    const browser = new CookieBrowser(server);
    await browser.signOn(resourceId, { email: 'ada@example.com' });
    const made = await browser.post(
      '/settings/keys',
      { id: accountId, key_name: 'CI', scopes: 'read', lasts: '' },
      { 'accept-encoding': 'gzip' },
    );
    assert.match(made.text, /hh_[\w-]{43}/);
    assert.equal(made.headers.get('content-encoding'), null);
  });
});

describe('settings', () => {
  it('say how each app delivers, and what the plan keeps until when', async () => {
    const { resourceId, apiKey } = await server.createAccount();
    const browser = new CookieBrowser(server);
    await browser.signOn(resourceId, { email: 'ada@example.com' });
    assert.match((await browser.get('/settings/delivery')).text, /No apps yet/);
    await post(apiKey, '/apps', { name: 'Plain' });
    const rules = { rate_limit: { limit: 5, period: 'second' }, success_policy: 'only_200' };
    await post(apiKey, '/apps', { name: 'Ruled', retry_delays: [60], ...rules });
    const { text } = await browser.get('/settings/delivery');
    assert.match(text, /Plain[\s\S]+Retries 4 times[\s\S]+Any 2xx/);
    assert.match(
      text,
      /Ruled[\s\S]+Retries once, after 1 minute\. Sends at most 5 webhooks a second[\s\S]+200 alone/,
    );
    assert.match(
      (await browser.get('/settings/retention')).text,
      /attempts[\s\S]+\d\d days[\s\S]+API requests[\s\S]+7 days/,
    );
  });

  it('rotate the secret of an endpoint that hears of the account', async () => {
    const api = await apiOfNewAccount(server);
    await makeApp(api);
    const { accountId } = api;
    const resource = await server.container.models.HerokuResource.findOne({ where: { accountId } });
    const browser = new CookieBrowser(server);
    await browser.signOn(resource?.id ?? '', { email: 'ada@example.com' });
    const { body: own } = await api.post('/account/webhook_endpoints', { url: 'https://hooks.acme.example' });
    const secretOf = async () => (await api.get(`/account/webhook_endpoints/${own.id}/secret`)).body;
    const before = await secretOf();
    const page = `/settings/webhooks/${own.id}`;
    assert.match((await browser.get(page)).text, /Rotate the secret/);
    assert.equal((await browser.post(`${page}/secret/rotate`, { grace: '5' })).status, 400);
    assert.equal((await browser.post(`${page}/secret/rotate`, { grace: '3600' })).status, 303);
    const after_ = await secretOf();
    assert.notEqual(after_.secret, before.secret);
    assert.equal((after_['previous'] as { secret: string }[])[0]?.secret, before.secret);
    assert.match((await browser.get(page)).text, /One that it replaced signs, too/);
  });
});
