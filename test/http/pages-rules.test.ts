import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EndpointRules } from '#src/domain/outbound-rules/rules.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { portalVisitor } from '#test/support/portal-visitor.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const RETRIES = {
  retry_policy_strategy: 'exponential',
  retry_policy_count: '4',
  retry_policy_interval_seconds: '60',
  retry_policy_response_status_codes: '>=500, !501',
};

describe('the delivery rules of an endpoint, on pages', () => {
  let server: TestServer;

  before(async () => {
    server = await sharedServer('web');
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  /** An endpoint, with its pages in the dashboard and the portal, and who may use them. */
  async function world({ rules = {} }: { rules?: EndpointRules } = {}) {
    const subscribed = await createSubscribedApp(server, { url: 'http://127.0.0.1:9/', rules });
    const { app, subscription, endpoint } = subscribed;
    const dashboard = new CookieBrowser(server);
    const resource = await server.container.models.HerokuResource.findOne({
      where: { accountId: app.accountId },
      rejectOnEmpty: true,
    });
    await dashboard.signOn(resource.id);
    const portal = await portalVisitor(server, subscription);
    const surfaces = [
      { browser: dashboard, path: `/apps/${app.id}/endpoints/${endpoint.id}` },
      { browser: portal, path: `/portal/${subscription.id}/endpoints/${endpoint.id}` },
    ] as const;
    const rulesNow = async () => (await subscribed.endpointNow()).rules;
    return { ...subscribed, surfaces, rulesNow };
  }

  it('are set, told in a sentence and taken away', async () => {
    const { surfaces, rulesNow } = await world();
    for (const { browser, path } of surfaces) {
      assert.match((await browser.get(path)).text, /None is set/);
      assert.equal((await browser.post(`${path}/rules`, RETRIES)).location, path);
      assert.deepEqual((await rulesNow()).retry_policy, {
        strategy: 'exponential',
        count: 4,
        interval_seconds: 60,
        response_status_codes: ['>=500', '!501'],
      });
      const shown = (await browser.get(path)).text;
      assert.match(shown, /The delivery rules are saved/);
      assert.match(
        shown,
        /Retries 4 times, after 1, 2, 4 and 8 minutes, on 5xx but 501 and network errors\./,
      );
      const form = (await browser.get(`${path}/rules`)).text;
      assert.match(form, /value="&gt;=500, !501"/);
      assert.match(form, /value="exponential" selected/);
      await browser.post(`${path}/rules`, { ...RETRIES, retry_policy_strategy: '' });
      assert.deepEqual(await rulesNow(), {});
    }
  });

  it('are refused at the field, with what was typed', async () => {
    const { surfaces, rulesNow } = await world();
    for (const [changes, field, message] of [
      [{ retry_policy_count: '51' }, 'retry_policy_count', 'It must be at most 50'],
      [{ retry_policy_count: 'four' }, 'retry_policy_count', 'It must be a number, not text'],
      [{ retry_policy_interval_seconds: '' }, 'retry_policy_interval_seconds', 'Fill this in'],
      [
        { retry_policy_response_status_codes: '500 5xx' },
        'retry_policy_response_status_codes',
        '“5xx” must be like 503',
      ],
      [{ retry_policy_strategy: '' }, 'retry_policy_strategy', 'Without this, the rest is not set'],
    ] as const) {
      for (const { browser, path } of surfaces) {
        const { status, text } = await browser.post(`${path}/rules`, { ...RETRIES, ...changes });
        assert.equal(status, 422, field);
        const [, error = ''] = text.split(`id="${field}-error"`);
        assert.ok(error.slice(0, 900).includes(message), `${field}: ${error.slice(0, 900)}`);
        assert.ok(text.includes('value="4"') || 'retry_policy_count' in changes, 'keeps what was typed');
      }
    }
    assert.deepEqual(await rulesNow(), {});
  });

  it('have a filter and channels, refused where the API refuses them', async () => {
    const { surfaces, rulesNow } = await world();
    const fields = { filter: '{"body": {"amount": {"$gte": 100}}}', channels: 'eu,  tenant-42' };
    for (const { browser, path } of surfaces) {
      assert.equal((await browser.post(`${path}/rules`, fields)).location, path);
      const { filter, channels } = await rulesNow();
      assert.deepEqual([filter, channels], [{ body: { amount: { $gte: 100 } } }, ['eu', 'tenant-42']]);
      assert.match(
        (await browser.get(path)).text,
        /Of messages with channels, sends those of eu and tenant-42\./,
      );
      for (const [field, typed, message] of [
        ['filter', '{"body": ', 'This is not JSON'],
        ['filter', '{"body": {"amount": {"$about": 1}}}', 'body.amount.$about'],
        ['channels', 'eu über', '“über” must be 1 to 64 of the characters'],
      ] as const) {
        const { status, text } = await browser.post(`${path}/rules`, { ...fields, [field]: typed });
        assert.equal(status, 422, typed);
        const [, error = ''] = text.split(`id="${field}-error"`);
        assert.ok(error.slice(0, 900).includes(message), `${typed}: ${error.slice(0, 900)}`);
      }
      await browser.post(`${path}/rules`, { filter: '', channels: '' });
      assert.deepEqual(await rulesNow(), {});
    }
  });

  it('have a filter that can be tested on a message before it is saved', async () => {
    const { surfaces, rulesNow, post } = await world();
    const { message } = await post({ dataText: '{"amount": 99}' });
    const [{ browser, path }] = surfaces;
    assert.match((await browser.get(`${path}/rules`)).text, new RegExp(`<option value="${message.id}"`));
    const test = (filter: string) => browser.post(`${path}/rules/test`, { filter, message_id: message.id });
    const failed = await test('{"body": {"amount": {"$gte": 100}}}');
    assert.match(failed.text, /It would be ignored: body\.amount\.\$gte did not hold/);
    assert.match(failed.text, /&#34;\$gte&#34;: 100/, 'keeps what was entered');
    assert.match((await test('{"body": {"amount": 99}}')).text, /it would be sent/);
    assert.equal((await test('{')).status, 422);
    assert.deepEqual(await rulesNow(), {});
    const stranger = await world();
    const { message: other } = await stranger.post();
    const answer = await browser.post(`${path}/rules/test`, { filter: '{"body": {}}', message_id: other.id });
    assert.doesNotMatch(answer.text, /would be/);
  });

  it('hold secrets, which are never shown, and stay where the field is blank', async () => {
    const { surfaces, rulesNow } = await world();
    const fields = {
      auth_type: 'hmac',
      auth_hmac_preset: 'GitHub',
      auth_hmac_secret: 'a-secret-of-length-1234',
    };
    for (const { browser, path } of surfaces) {
      assert.equal((await browser.post(`${path}/rules`, fields)).location, path);
      const { auth } = await rulesNow();
      assert.ok(auth?.type === 'hmac');
      assert.deepEqual([auth.header, auth.encoding], ['X-Hub-Signature-256', 'hex']);
      assert.deepEqual(auth.secret, { set: true, hint: '…1234' });
      const form = (await browser.get(`${path}/rules`)).text;
      assert.match(form, /Set, ends in 1234\. Blank leaves it\./);
      assert.doesNotMatch(form, /a-secret-of/);
      const kept = { auth_type: 'hmac', auth_hmac_header: 'X-Mine', auth_hmac_secret: '' };
      const more = {
        auth_hmac_algorithm: 'sha256',
        auth_hmac_encoding: 'hex',
        headers: 'X-Tenant: globex-12345678',
      };
      assert.equal((await browser.post(`${path}/rules`, { ...kept, ...more })).location, path);
      const after = await rulesNow();
      assert.deepEqual(after.auth?.type === 'hmac' && [after.auth.header, after.auth.secret], [
        'X-Mine',
        { set: true, hint: '…1234' },
      ]);
      assert.match((await browser.get(`${path}/rules`)).text, /X-Tenant: ••••/);
      await browser.post(`${path}/rules`, { headers: 'X-Tenant: ••••\nX-Other: 1' });
      assert.deepEqual(Object.keys((await rulesNow()).headers ?? {}), ['X-Other', 'X-Tenant']);
      const refused = await browser.post(`${path}/rules`, {
        auth_type: 'bearer',
        auth_bearer_token: '',
        auth_hmac_secret: 'typed-and-wrong',
      });
      assert.equal(refused.status, 422);
      assert.match(refused.text, /id="auth_bearer_token-error"/);
      assert.doesNotMatch(refused.text, /typed-and-wrong/);
      await browser.post(`${path}/rules`, { auth_type: '', headers: '' });
      assert.deepEqual(await rulesNow(), {});
    }
    const { subscription, endpoint, rulesNow: stillNow, surfaces: both } = await world();
    const editor = await portalVisitor(server, subscription, { capabilities: ['view', 'endpoints'] });
    const path = `/portal/${subscription.id}/endpoints/${endpoint.id}/rules`;
    assert.doesNotMatch((await editor.get(path)).text, /name="auth_type"/);
    assert.equal((await editor.post(path, fields)).status, 422);
    assert.deepEqual(await stillNow(), {});
    const [provider, owner] = both;
    await provider.browser.post(`${provider.path}/rules`, fields);
    const page = `/portal/${subscription.id}/endpoints/${endpoint.id}`;
    assert.match((await owner.browser.get(page)).text, /Signs in X-Hub-Signature-256/);
    assert.doesNotMatch((await editor.get(page)).text, /Signs in X-Hub-Signature-256/);
  });

  it('pace, delay and order', async () => {
    const { surfaces, rulesNow } = await world();
    const fields = {
      rate_limit_limit: '10',
      rate_limit_period: 'minute',
      delay_seconds: '60',
      ordering: 'fifo',
    };
    for (const { browser, path } of surfaces) {
      assert.equal((await browser.post(`${path}/rules`, fields)).location, path);
      assert.deepEqual(await rulesNow(), {
        rate_limit: { limit: 10, period: 'minute' },
        delay_seconds: 60,
        ordering: 'fifo',
      });
      const { text } = await browser.get(path);
      assert.match(text, /Sends at most 10 webhooks a minute; others wait\./);
      assert.match(text, /Waits 1 minute before the first attempt\.[^]*in the order of acceptance/);
      const refused = await browser.post(`${path}/rules`, { ...fields, delay_seconds: '86401' });
      assert.match(refused.text, /id="delay_seconds-error"/);
      await browser.post(`${path}/rules`, { rate_limit_limit: '', delay_seconds: '', ordering: '' });
      assert.deepEqual(await rulesNow(), {});
    }
  });

  it('deduplication and coalescing', async () => {
    const { surfaces, rulesNow } = await world();
    const fields = {
      deduplication_window_seconds: '60',
      deduplication_include_fields: 'body.order.id, headers.x-tenant',
      coalesce: 'true',
    };
    for (const { browser, path } of surfaces) {
      assert.equal((await browser.post(`${path}/rules`, fields)).location, path);
      assert.deepEqual(await rulesNow(), {
        deduplication: { window_seconds: 60, include_fields: ['body.order.id', 'headers.x-tenant'] },
        coalesce: true,
      });
      const { text } = await browser.get(path);
      assert.match(
        text,
        /Ignores what is the same in body\.order\.id, headers\.x-tenant as an earlier message/,
      );
      assert.match(text, /Sends of waiting messages with the same key the newest alone\./);
      const both = { ...fields, deduplication_exclude_fields: 'body.sent_at' };
      assert.match(
        (await browser.post(`${path}/rules`, both)).text,
        /id="deduplication_exclude_fields-error"/,
      );
      await browser.post(`${path}/rules`, { deduplication_window_seconds: '', coalesce: '' });
      assert.deepEqual(await rulesNow(), {});
    }
  });

  it('stay as they are where the form does not have their fields', async () => {
    const { surfaces, rulesNow } = await world({
      rules: { retry_policy: { strategy: 'linear', interval_seconds: 5, count: 1 } },
    });
    for (const { browser, path } of surfaces) {
      assert.equal((await browser.post(`${path}/rules`, {})).status, 303);
    }
    assert.equal((await rulesNow()).retry_policy?.count, 1);
  });

  it('are nobody else’s', async () => {
    const [{ surfaces, rulesNow }, stranger] = [await world(), await world()];
    for (const [index, { path }] of surfaces.entries()) {
      const browser = stranger.surfaces[index]?.browser;
      assert.ok(browser);
      for (const answer of [
        await browser.get(`${path}/rules`),
        await browser.post(`${path}/rules`, RETRIES),
      ]) {
        assert.ok([401, 404].includes(answer.status), `${path}: ${String(answer.status)}`);
      }
    }
    assert.deepEqual(await rulesNow(), {});
    const { subscription, endpoint } = await world();
    const reader = await portalVisitor(server, subscription, { capabilities: ['view'] });
    const path = `/portal/${subscription.id}/endpoints/${endpoint.id}`;
    assert.equal((await reader.post(`${path}/rules`, RETRIES)).status, 403);
    assert.doesNotMatch((await reader.get(path)).text, /\/rules"/);
  });
});
