import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const RETRIES = {
  retry_policy_strategy: 'exponential',
  retry_policy_count: '4',
  retry_policy_interval_seconds: '60',
  retry_policy_response_status_codes: '>=500, !501',
};

describe('the rules of an app, on pages', () => {
  let server: TestServer;

  before(async () => {
    server = await sharedServer('web');
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  /** An app with an endpoint, the page of that, and who may use it. */
  async function world() {
    const subscribed = await createSubscribedApp(server, { url: 'http://127.0.0.1:9/' });
    const { app, endpoint } = subscribed;
    const browser = new CookieBrowser(server);
    const resource = await server.container.models.HerokuResource.findOne({
      where: { accountId: app.accountId },
      rejectOnEmpty: true,
    });
    await browser.signOn(resource.id);
    return { ...subscribed, browser, path: `/apps/${app.id}/endpoints/${endpoint.id}` };
  }

  it('of the app are the default of its endpoints', async () => {
    const { app, endpointNow, browser, path } = await world();
    assert.equal((await browser.post(`/apps/${app.id}`, { name: 'Acme', ...RETRIES })).status, 303);
    await app.reload();
    assert.equal(app.rules.retry_policy?.count, 4);
    assert.match((await browser.get(path)).text, /Retries 4 times[^<]*That is the app’s default\./);
    assert.match((await browser.get(`/apps/${app.id}/edit`)).text, /value="exponential" selected/);
    assert.deepEqual((await endpointNow()).rules, {});
    const refused = await browser.post(`/apps/${app.id}`, {
      ...RETRIES,
      name: 'Kept',
      retry_policy_count: '-1',
    });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /value="Kept"[^]*It must be at least 0/);
  });

  it('of all webhooks of the app are what counts as success, and the prefix of our headers', async () => {
    const { app, browser } = await world();
    const path = `/apps/${app.id}`;
    const save = async (fields: Record<string, string>) => browser.post(path, { name: 'Acme', ...fields });
    assert.equal((await save({ success_policy: 'only_200', header_prefix: ' Acme ' })).status, 303);
    assert.match((await browser.get(`${path}/edit`)).text, /"only_200" selected[^]*value="Acme"/);
    assert.equal((await save({})).status, 303, 'a form without them leaves them');
    const refused = await save({ header_prefix: 'Webhook', success_policy: 'only_200' });
    assert.equal(refused.status, 422);
    assert.match(
      refused.text,
      /value="Webhook"[^]*The prefix must not be one that webhooks have a meaning for\./,
    );
    assert.equal((await save({ success_policy: 'never' })).status, 422);
    await app.reload();
    assert.deepEqual([app.successPolicy, app.headerPrefix], ['only_200', 'Acme']);
    assert.equal((await save({ header_prefix: '', success_policy: 'any_2xx' })).status, 303);
    await app.reload();
    assert.deepEqual([app.successPolicy, app.headerPrefix], ['any_2xx', null]);
  });
});
