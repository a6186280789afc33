import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { apiOfNewAccount } from '#test/support/api.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { callPartner } from '#test/support/partner-calls.ts';
import { type TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

describe('the audit log', () => {
  let server: TestServer;
  before(async () => {
    server = await sharedServer('web');
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  /** What was recorded of an account, oldest first, without how it was made. */
  const recorded = async (accountId: string) => {
    const rows = await server.container.auditEvents.list(accountId, {}, { limit: 100, offset: 0 });
    return rows.reverse().slice(1);
  };

  it('records each change of the API with the key that made it, and none that changes nothing', async () => {
    const api = await apiOfNewAccount(server);
    const { body: app } = await api.post('/apps', { name: 'Shop' });
    const at = `/apps/${app.id}`;
    await api.patch(at, { name: 'Shop' });
    await api.patch(at, { name: 'Store', success_policy: 'only_200' });
    const { body: event } = await api.post(`${at}/webhook_events`, { event_type: 'order.created' });
    await api.patch(`${at}/webhook_events/${event.id}`, { description: 'An order came in' });
    await api.put(`${at}/subscriptions/globex`, { name: 'Globex' });
    await api.put(`${at}/subscriptions/globex`, { name: 'Globex' });
    const { body: subscriber } = await api.put(`${at}/subscriptions/globex`, { name: 'Globex Inc' });
    const endpoints = `/subscriptions/${subscriber.id}/endpoints`;
    const url = 'https://globex.example/hooks';
    const { body: endpoint } = await api.post(endpoints, { url, version: '1.0' });
    await api.patch(`${endpoints}/${endpoint.id}`, { status: 'inactive' });
    await api.patch(`${endpoints}/${endpoint.id}`, { version: '2.0', enabled_events: ['order.created'] });
    await api.patch(`${endpoints}/${endpoint.id}`, { enabled_events: ['order.created'] });
    await api.post(`${endpoints}/${endpoint.id}/secret/rotate`, { grace_seconds: 60 });
    await api.delete(`${endpoints}/${endpoint.id}`);
    await api.delete(`/subscriptions/${subscriber.id}`);
    await api.delete(`${at}/webhook_events/${event.id}`);
    await api.delete(at);

    const rows = await recorded(api.accountId);
    assert.deepEqual(
      rows.map(({ action, object: { name }, details: { changed } }) =>
        [action, name, ...[changed ?? []].flat().map(String)].join(' '),
      ),
      [
        'app.created Shop',
        'app.updated Store name success_policy',
        'webhook_event.created order.created',
        'webhook_event.updated order.created description',
        'subscriber.created Globex',
        'subscriber.updated Globex Inc name',
        `endpoint.created ${url}`,
        `endpoint.disabled ${url}`,
        `endpoint.updated ${url} version enabled_events`,
        `endpoint.secret_rotated ${url}`,
        `endpoint.deleted ${url}`,
        'subscriber.deleted Globex Inc',
        'webhook_event.deleted order.created',
        'app.deleted Store',
      ],
    );
    const caller = await server.container.apiKeys.authenticate(api.apiKey);
    const actors = new Set(rows.map(({ actor }) => `${actor.type} ${actor.id ?? ''}`));
    assert.deepEqual([...actors], [`api_key ${caller?.apiKeyId ?? ''}`]);
  });

  it('records no secret and no key', async () => {
    const api = await apiOfNewAccount(server);
    const { body: app } = await api.post('/apps', { name: 'Shop' });
    const { body: subscriber } = await api.post(`/apps/${app.id}/subscriptions`, { name: 'Globex' });
    const endpoints = `/subscriptions/${subscriber.id}/endpoints`;
    const secret = 'a-secret-of-our-own-0123456789abcdef';
    const url = 'https://globex.example/hooks';
    const { body: endpoint } = await api.post(endpoints, { url, version: '1.0', secret });
    const rotate = `${endpoints}/${endpoint.id}/secret/rotate`;
    const { body: rotated } = await api.post(rotate, { grace_seconds: 0 });
    await api.get(`${endpoints}/${endpoint.id}/secret`);
    const { body: key } = await api.post('/account/api_keys', { name: 'CI', scopes: ['read'] });
    const text = JSON.stringify(await recorded(api.accountId));
    assert.match(text, /endpoint\.secret_revealed[\s\S]+api_key\.created/);
    for (const hidden of [secret, rotated.secret, String(key['api_key'])]) assert.ok(!text.includes(hidden));
  });

  it('records who did it on the pages, and what Heroku asked for', async () => {
    const { accountId, resourceId } = await server.createAccount();
    const browser = new CookieBrowser(server);
    await browser.signOn(resourceId, { email: 'ada@example.com' });
    await browser.post('/apps', { name: 'Shop' });
    await callPartner(server, `PUT /${resourceId}`, { body: { plan: 'growth' } });
    const rows = await recorded(accountId);
    assert.deepEqual(
      rows.map(({ action, actor }) => [action, actor.type, actor.email]),
      [
        ['member.joined', 'person', 'ada@example.com'],
        ['app.created', 'person', 'ada@example.com'],
        ['account.plan_changed', 'heroku', null],
      ],
    );
  });

  it('is listed by the API, newest first, by actor, action, words and time, in pages', async () => {
    const api = await apiOfNewAccount(server);
    for (const name of ['Shop', 'Store', 'Depot']) await api.post('/apps', { name });
    const { body: key } = await api.post('/account/api_keys', { name: 'CI', scopes: ['read'] });
    const list = (query: string) => api.get(`/account/audit_events?${query}`);
    const names = async (query: string) => {
      const { rows } = await list(query);
      return rows.map((row) => (row['object'] as { name: string }).name);
    };
    assert.deepEqual(await names('actor=api_key'), ['CI', 'Depot', 'Store', 'Shop']);
    assert.deepEqual(await names('action=app.created'), ['Depot', 'Store', 'Shop']);
    assert.deepEqual(await names('q=sto'), ['Store']);
    assert.deepEqual(await names(`q=${key.id}`), ['CI']);
    assert.deepEqual(await names('actor=heroku&until=2020-01-01'), []);
    const caller = await server.container.apiKeys.authenticate(api.apiKey);
    const { first } = await list(`actor=${caller?.apiKeyId ?? ''}`);
    assert.deepEqual(first['actor'], { type: 'api_key', id: caller?.apiKeyId, email: null, name: 'Heroku' });
    assert.deepEqual(await names(`since=${first.created_at}`), ['CI']);

    const page = await list('per_page=2&action=app.created');
    assert.equal(page.rows.length, 2);
    const next = /<[^>]*\/api\/v1([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    await api.post('/apps', { name: 'Late' });
    const older = await api.get(next);
    assert.deepEqual(
      older.rows.map((row) => row['object']),
      [{ type: 'app', id: older.first['app_id'], name: 'Shop' }],
    );
    assert.equal((await list('action=app.eaten')).status, 422);
  });

  it('is shown on a page and given as a file, by the same filters', async () => {
    const { resourceId, accountId } = await server.createAccount();
    const browser = new CookieBrowser(server);
    await browser.signOn(resourceId, { email: 'ada@example.com' });
    await browser.post('/apps', { name: '=Shop, "big"' });
    const app = await server.container.apps.oldest(accountId);
    await browser.post(`/apps/${app?.id ?? ''}`, { name: 'Store;=1;＝2' });
    const { text } = await browser.get('/settings/audit?action=app.updated');
    assert.match(text, /ada@example\.com[\s\S]+changed the app[\s\S]+Store[\s\S]+name/);
    assert.doesNotMatch(text, /big/);
    const csv = await browser.get('/settings/audit/file?format=csv&action=app.created');
    assert.match(csv.headers.get('content-disposition') ?? '', /hostedhooks-audit-.+\.csv/);
    const [head, row, ...rest] = csv.text.split('\r\n');
    assert.match(head ?? '', /^created_at,actor_type,actor,action/);
    assert.match(row ?? '', /,person,ada@example\.com,app\.created,app,"'=Shop, ""big""",/);
    assert.deepEqual(rest, ['']);
    const renamed = await browser.get('/settings/audit/file?format=csv&action=app.updated');
    assert.ok(renamed.text.includes(",Store;'=1;'＝2,"), 'also where a semicolon parts the cells');
    const lines = (await browser.get('/settings/audit/file?format=ndjson')).text.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { action: string }).action),
      ['app.updated', 'app.created', 'member.joined', 'account.created'],
    );
    for (const query of ['', '?format=xml', '?format=csv&action=app.eaten']) {
      assert.equal((await browser.get(`/settings/audit/file${query}`)).status, 400, query);
    }
  });

  it('rolls back with the change', async () => {
    const api = await apiOfNewAccount(server);
    await api.post('/apps', { name: 'Shop', uid: 'shop' });
    const taken = await api.post('/apps', { name: 'Other', uid: 'shop' });
    assert.equal(taken.status, 409);
    assert.equal((await recorded(api.accountId)).length, 1);
  });
});
