import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { type HerokuAndServer, type Provisioned, startWithHeroku } from '#test/support/heroku.ts';
import { keysOf } from '#test/support/keys-of.ts';
import { cookiesOf, postSignOn, signOnForm } from '#test/support/partner-calls.ts';

describe('API keys in the settings', () => {
  let both: HerokuAndServer;
  before(async () => {
    both = await startWithHeroku();
  });
  after(() => both[Symbol.asyncDispose]());

  /** A browser of somebody who signed on; the first of a resource is its admin. */
  const browserOf = async ({ uuid }: Provisioned, email = 'ada@example.com') => {
    const cookie = cookiesOf(await postSignOn(both.server, signOnForm(both.server, uuid, { email })));
    const visit = async (path: string, fields?: Record<string, string> | [string, string][]) => {
      const response = await fetch(`${both.server.url}${path}?addon=${uuid}`, {
        redirect: 'manual',
        headers: { cookie, origin: both.server.url },
        ...(fields === undefined ? {} : { method: 'POST', body: new URLSearchParams(fields) }),
      });
      return {
        status: response.status,
        html: await response.text(),
        cache: response.headers.get('cache-control'),
      };
    };
    return { visit, settings: async () => (await visit('/settings/account')).html };
  };
  const hiddenGeneration = (html: string) => /name="replaces" value="(\d+)"/.exec(html)![1]!;
  const KEY = /hh_[\w-]{43}/;

  test('an admin rotates; the page shows the old key end, and no key', async () => {
    const installed = await both.install();
    const browser = await browserOf(installed);
    const replaces = hiddenGeneration(await browser.settings());
    const answer = await browser.visit('/settings/keys/rotate', { grace: '3600', replaces });
    assert.equal(answer.status, 303);
    await eventually('in the config', async () => {
      const html = await browser.settings();
      return html.includes('In your app’s config since') && html.includes('Works until');
    });
    assert.doesNotMatch(await browser.settings(), KEY);
    assert.ok(await keysOf(both.server).isAccepted(installed.apiKey));
  });

  test('where Heroku lets us not, the new key is shown once, and a reload rotates nothing', async () => {
    const provisioned = await both.provision({ oauth_grant: null });
    const browser = await browserOf(provisioned);
    const html = await browser.settings();
    assert.match(html, /cannot put a new key into your app’s config/);
    const form = { grace: '3600', replaces: hiddenGeneration(html) };
    const answer = await browser.visit('/settings/keys/rotate', form);
    assert.equal(answer.status, 200);
    assert.equal(answer.cache, 'no-store');
    const [key] = KEY.exec(answer.html)!;
    assert.ok(await keysOf(both.server).isAccepted(key));
    assert.doesNotMatch(await browser.settings(), KEY);

    const again = await browser.visit('/settings/keys/rotate', form);
    assert.equal(again.status, 409);
    assert.match(again.html, /rotated in the meantime/);
    assert.equal((await keysOf(both.server).list(key)).length, 2);

    const confirm = /action="(\/settings\/keys\/[^"?]+\/confirm)/.exec(await browser.settings())![1]!;
    assert.equal((await browser.visit(confirm, {})).status, 303);
    const revoke = /action="(\/settings\/keys\/[^"?]+\/revoke)/.exec(await browser.settings())![1]!;
    assert.equal((await browser.visit(revoke, {})).status, 303);
    assert.equal(await keysOf(both.server).isAccepted(provisioned.apiKey), false);
  });

  test('an admin makes a key beside the add-on’s, sees it once, and revokes it', async () => {
    const provisioned = await both.provision();
    const browser = await browserOf(provisioned);
    const form: [string, string][] = [
      ['id', /name="id" value="([^"]+)"/.exec(await browser.settings())![1]!],
      ['key_name', 'Build <server>'],
      ['scopes', 'read'],
      ['scopes', 'admin'],
      ['lasts', '30'],
    ];
    const answer = await browser.visit('/settings/keys', form);
    assert.equal(answer.status, 200);
    assert.equal(answer.cache, 'no-store');
    const [key] = KEY.exec(answer.html)!;
    assert.ok(await keysOf(both.server).isAccepted(key));
    const made = (await keysOf(both.server).list(key)).find(({ prefix }) => key.startsWith(prefix))!;
    assert.deepEqual(made.scopes, ['read', 'admin']);
    const days = (Date.parse(made.expires_at!) - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days < 30, String(days));

    const html = await browser.settings();
    assert.doesNotMatch(html, KEY);
    assert.match(html, /Build &lt;server&gt;/);
    assert.match(html, /may do read, admin/);

    const again = await browser.visit('/settings/keys', form);
    assert.equal(again.status, 409, 'a reload makes none');
    assert.doesNotMatch(again.html, KEY);
    assert.equal((await browser.visit(`/settings/keys/${made.id}/revoke`, {})).status, 303);
    assert.equal(await keysOf(both.server).isAccepted(key), false);
  });

  test('a key needs a name and something that it may do', async () => {
    const browser = await browserOf(await both.provision());
    const id = randomUUID();
    const fine = { id, key_name: 'CI', scopes: 'read', lasts: '' };
    for (const [wrong, words] of [
      [{ key_name: ' ' }, /Give the key a name/],
      [{ scopes: '' }, /Choose what the key may do/],
      [{ scopes: 'root' }, /Choose what the key may do/],
    ] as const) {
      const { status, html } = await browser.visit('/settings/keys', { ...fine, ...wrong });
      assert.equal(status, 422);
      assert.match(html, words);
    }
    assert.equal((await browser.visit('/settings/keys', fine)).status, 200);
  });

  test('who is no admin sees no form, and is refused', async () => {
    const provisioned = await both.provision({ oauth_grant: null });
    await browserOf(provisioned);
    const member = await browserOf(provisioned, 'bo@example.com');
    const html = await member.settings();
    assert.doesNotMatch(html, /settings\/keys/);
    assert.match(html, /Only admins rotate keys/);
    const { id } = (await keysOf(both.server).list(provisioned.apiKey))[0]!;
    for (const path of ['', '/rotate', `/${id}/confirm`, `/${id}/revoke`]) {
      const form = {
        grace: '0',
        replaces: '1',
        id: randomUUID(),
        key_name: 'Mine',
        scopes: 'read',
        lasts: '',
      };
      const answer = await member.visit(`/settings/keys${path}`, form);
      assert.equal(answer.status, 403, path);
    }
    assert.ok(await keysOf(both.server).isAccepted(provisioned.apiKey));
  });

  test('a key of another account is not found, and a form that makes no sense is refused', async () => {
    const browser = await browserOf(await both.provision({ oauth_grant: null }));
    const other = await both.provision({ oauth_grant: null });
    const { id } = (await keysOf(both.server).list(other.apiKey))[0]!;
    assert.equal((await browser.visit(`/settings/keys/${id}/revoke`, {})).status, 404);
    assert.equal((await browser.visit('/settings/keys/rotate', { grace: '5', replaces: '1' })).status, 400);
    assert.ok(await keysOf(both.server).isAccepted(other.apiKey));
  });
});
