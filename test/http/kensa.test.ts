import assert from 'node:assert/strict';
import { createHash, randomInt, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Mechanize } from '#test/support/mechanize.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

// What Heroku's add-on test tool asserts of a running provider: `kensa test all --plan test` and `kensa test sso` of
// kensa
// 3.1.0, check by check, under the tool's own names. It speaks version 1 of the partner API. Its checks of the manifest
// are in test/unit/addon-manifest.test.ts.

const manifest = JSON.parse(readFileSync(new URL('../../addon-manifest.json', import.meta.url), 'utf8')) as {
  id: string;
  api: {
    password: string;
    sso_salt: string;
    config_vars: string[];
    requires: string[];
    test: { base_url: string; sso_url: string };
  };
};
const RIGHT = [manifest.id, manifest.api.password];
const WRONG = ['wrong', 'secret'];

interface Answer {
  /** As the tool counts: every 2xx is 200. */
  code: number;
  text: string;
}

describe('kensa', () => {
  let server: TestServer;
  before(async () => {
    server = await sharedServer();
  });
  after(() => server[Symbol.asyncDispose]());

  const call = async (
    method: string,
    path: string,
    given: { credentials?: string[]; payload?: object } = {},
  ) => {
    const { credentials = RIGHT, payload } = given;
    const base = new URL(manifest.api.test.base_url).pathname;
    const response = await fetch(`${server.url}${base}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(credentials.join(':')).toString('base64')}`,
      },
      ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
    });
    return { code: response.ok ? 200 : response.status, text: await response.text() } satisfies Answer;
  };
  const herokuId = () => `app${String(randomInt(10_000))}@kensa.heroku.com`;
  const provisionPayload = (options: object = {}) => ({
    heroku_id: herokuId(),
    plan: 'test',
    callback_url: 'http://localhost:7779/callback/999',
    logplex_token: null,
    region: 'amazon-web-services::us-east-1',
    options,
    uuid: randomUUID(),
  });
  const provision = async () => {
    const { code, text } = await call('POST', '', { payload: provisionPayload() });
    assert.equal(code, 200);
    return JSON.parse(text) as { id: string; config: Record<string, string>; message: string };
  };

  describe('POST /heroku/resources', () => {
    const payload = provisionPayload();
    let answered: Answer;
    before(async () => {
      answered = await call('POST', '', { payload });
    });
    const response = () => JSON.parse(answered.text) as { id: unknown; config?: unknown };

    test('response', () => {
      assert.equal(answered.code, 200, answered.text);
    });
    test('valid JSON', () => {
      assert.ok(typeof response() === 'object' && !Array.isArray(response()));
    });
    test('authentication', async () => {
      assert.equal((await call('POST', '', { credentials: WRONG, payload })).code, 401);
    });
    test('contains an id', () => {
      assert.ok(response().id);
    });
    test('id does not contain heroku_id', async () => {
      // The tool looks for up to four digits that it made up, which a UUID may hold by chance. It must not hold the
      // text.
      assert.ok(!String(response().id).includes(payload.heroku_id));
      assert.equal(response().id, payload.uuid);
    });
    test('is a hash', () => {
      assert.ok(typeof response().config === 'object' && response().config !== null);
    });
    test('all config keys were previously defined in the manifest', () => {
      for (const key of Object.keys(response().config as object)) {
        assert.ok(manifest.api.config_vars.includes(key), key);
      }
    });
    test('all keys in the manifest are present', () => {
      assert.deepEqual(Object.keys(response().config as object).sort(), manifest.api.config_vars.toSorted());
    });
    test('all config values are strings', () => {
      for (const value of Object.values(response().config as object)) assert.equal(typeof value, 'string');
    });
    test('URL configs vars', () => {
      // There is none: were one declared, it would have to be an address with a host.
      for (const [key, value] of Object.entries(response().config as Record<string, string>)) {
        assert.ok(!key.endsWith('_URL') || new URL(value).host !== '', key);
      }
      assert.ok(manifest.api.config_vars.every((key) => !key.endsWith('_URL')));
    });
    test('log_drain_url is returned if required', () => {
      assert.ok(!manifest.api.requires.includes('syslog_drain'));
      assert.ok(!('log_drain_url' in response()));
    });
    test('two more with another uuid are other resources', async () => {
      const ids = [response().id, (await provision()).id, (await provision()).id];
      assert.equal(new Set(ids).size, 3);
    });
  });

  describe('PUT /heroku/resources/:id', () => {
    // The uuid of the body is made up by the tool: only the path counts.
    const payload = () => ({ plan: 'test', heroku_id: herokuId(), uuid: randomUUID() });

    test('response', async () => {
      const { id } = await provision();
      assert.equal((await call('PUT', `/${id}`, { payload: payload() })).code, 200);
      const growth = { payload: { ...payload(), plan: 'growth' } };
      assert.equal((await call('PUT', `/${id}`, growth)).code, 200);
      assert.match((await call('PUT', `/${id}`, growth)).text, /Your plan is already: hosted-hooks:growth/);
    });
    test('authentication', async () => {
      const { id } = await provision();
      assert.equal((await call('PUT', `/${id}`, { credentials: WRONG, payload: payload() })).code, 401);
    });
  });

  describe('DELETE /heroku/resources/:id', () => {
    test('response, and authentication after it', async () => {
      const { id } = await provision();
      assert.equal((await call('DELETE', `/${id}`)).code, 200);
      // Not 410: who asks is judged first.
      assert.equal((await call('DELETE', `/${id}`, { credentials: WRONG })).code, 401);
    });
  });

  describe('POST /heroku/sso', () => {
    const navData = Buffer.from(
      JSON.stringify({ addon: 'Your Addon', appname: 'myapp', addons: [{ slug: 'cron', name: 'Cron' }] }),
    ).toString('base64url');
    const url = () => `${server.url}${new URL(manifest.api.test.sso_url).pathname}`;
    const formFor = (id: string, timestamp = Math.floor(Date.now() / 1000)) => ({
      token: createHash('sha1')
        .update(`${id}:${manifest.api.sso_salt}:${String(timestamp)}`)
        .digest('hex'),
      timestamp: String(timestamp),
      'nav-data': navData,
      email: 'username@example.com',
      app: 'myapp',
      id,
    });

    test('validates token', async () => {
      const { id } = await provision();
      const agent = new Mechanize();
      assert.equal((await agent.post(url(), { ...formFor(id), token: 'invalid' })).status, 403);
    });
    test('validates timestamp', async () => {
      const { id } = await provision();
      const old = Math.floor(Date.now() / 1000) - 6 * 60;
      assert.equal((await new Mechanize().post(url(), formFor(id, old))).status, 403);
    });
    test('logs in, creates the heroku-nav-data cookie, displays the heroku layout', async () => {
      const { id } = await provision();
      const agent = new Mechanize();
      // One browser makes all the attempts, as the tool's does.
      await agent.post(url(), { ...formFor(id), token: 'invalid' });
      const page = await agent.post(url(), formFor(id));
      assert.equal(page.status, 200);
      const path = new URL(manifest.api.test.sso_url).pathname;
      const cookie = agent.cookiesFor(`${url()}${path}`).find(({ name }) => name === 'heroku-nav-data');
      assert.equal(cookie?.value, navData);
      assert.match(page.html, /<div[^>]*\bid="heroku-header"/);
      assert.doesNotMatch(page.html, /boomerang/);
    });
  });
});
