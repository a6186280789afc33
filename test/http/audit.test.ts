import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { apiOfNewAccount } from '#test/support/api.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { callPartner } from '#test/support/partner-calls.ts';
import { type TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

interface Row {
  actor_type: string;
  actor_id: string | null;
  actor_email: string | null;
  action: string;
  object_name: string | null;
  details: { changed?: string[] };
}

describe('the audit log', () => {
  let server: TestServer;
  before(async () => {
    server = await sharedServer('web');
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  /** What was recorded of an account, oldest first, without how it was made. */
  const recorded = async (accountId: string) => {
    const { rows } = await server.container.pool.query<Row>(
      'select * from audit_events where account_id = $1 order by id offset 1',
      [accountId],
    );
    return rows;
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
      rows.map(({ action, object_name: name, details: { changed = [] } }) =>
        [action, name, ...changed].join(' '),
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
    const actors = new Set(rows.map((row) => `${row.actor_type} ${row.actor_id ?? ''}`));
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
    const { body: key } = await api.post('/account/api_keys', { name: 'CI', scopes: ['read'] });
    const text = JSON.stringify(await recorded(api.accountId));
    assert.match(text, /api_key.created/);
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
      rows.map((row) => [row.action, row.actor_type, row.actor_email]),
      [
        ['member.joined', 'person', 'ada@example.com'],
        ['app.created', 'person', 'ada@example.com'],
        ['account.plan_changed', 'heroku', null],
      ],
    );
  });

  it('rolls back with the change', async () => {
    const api = await apiOfNewAccount(server);
    await api.post('/apps', { name: 'Shop', uid: 'shop' });
    const taken = await api.post('/apps', { name: 'Other', uid: 'shop' });
    assert.equal(taken.status, 409);
    assert.equal((await recorded(api.accountId)).length, 1);
  });
});
