import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  callPartner,
  cookiesOf,
  postSignOn,
  provisionBody,
  signOnForm,
  without,
} from '#test/support/partner-calls.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

const SALT = 'salt-of-today';
const LEGACY = ['user_scoped_resource_token'];

describe("Heroku's single sign-on", () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ env: { HEROKU_SSO_SALT: `${SALT},salt-of-yesterday,` } });
  });
  after(() => server[Symbol.asyncDispose]());

  const newResource = async () => {
    const body = provisionBody();
    await callPartner(server, 'POST ', { body });
    return body.uuid;
  };
  const dashboard = (cookie: string) =>
    fetch(`${server.url}/dashboard`, { headers: { cookie, accept: 'text/html' }, redirect: 'manual' });
  const assertRefused = async (response: Response, words = /Open HostedHooks from Heroku again/) => {
    assert.equal(response.status, 403);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
    assert.deepEqual(response.headers.getSetCookie(), []);
    assert.match(await response.text(), words);
  };

  test('a good form leads to the dashboard of the resource, with a session', async () => {
    const resourceId = await newResource();
    const response = await postSignOn(server, signOnForm(server, resourceId));
    assert.deepEqual(
      [response.status, response.headers.get('location')],
      [302, `/dashboard?addon=${resourceId}`],
    );
    const page = await dashboard(cookiesOf(response));
    assert.equal(page.status, 200);
    assert.match(await page.text(), /id="heroku-header"/);
  });

  test('the session cookie is out of reach of scripts and of posts from other sites', async () => {
    const response = await postSignOn(server, signOnForm(server, await newResource()));
    const cookie = response.headers.getSetCookie().find((text) => text.startsWith('hostedhooks.sid='));
    assert.match(cookie ?? '', /; HttpOnly; SameSite=Lax/);
    assert.match(cookie ?? '', /; Path=\//);
    assert.doesNotMatch(cookie ?? '', /Secure/, 'the test runs over http');
  });

  describe('nav-data', () => {
    const navCookie = (response: Response) =>
      response.headers.getSetCookie().find((cookie) => cookie.startsWith('heroku-nav-data='));

    test('is kept in its cookie letter by letter', async () => {
      const form = { ...signOnForm(server, await newResource()), 'nav-data': 'eyJhIjoiYiJ9_-==' };
      const cookie = navCookie(await postSignOn(server, form)) ?? '';
      assert.ok(cookie.startsWith('heroku-nav-data=eyJhIjoiYiJ9_-==; Path=/'), cookie);
      assert.doesNotMatch(cookie, /Secure/);
    });

    for (const bad of ['a;Domain=evil', 'a\r\nSet-Cookie: b=c', 'x'.repeat(4097)]) {
      test(`is dropped when it is ${JSON.stringify(bad.slice(0, 20))}`, async () => {
        const form = { ...signOnForm(server, await newResource()), 'nav-data': bad };
        const response = await postSignOn(server, form);
        assert.deepEqual([response.status, navCookie(response)], [302, undefined]);
      });
    }
  });

  describe('every token that Heroku has had', () => {
    const forms: [string, string[]][] = [
      ['user_scoped_resource_token', ['resource_token', 'token', 'id']],
      ['resource_token', ['user_scoped_resource_token', 'token', 'id', 'user_id', 'email']],
      ['token over the id, without a resource_id', [...LEGACY, 'resource_token', 'resource_id', 'user_id']],
    ];
    for (const [what, missing] of forms) {
      test(`${what} alone is enough in development`, async () => {
        const form = without(signOnForm(server, await newResource()), ...missing);
        assert.equal((await postSignOn(server, form)).status, 302);
      });
    }

    test('under the salt of yesterday it works too, while the salt is changed', async () => {
      const form = signOnForm(server, await newResource(), { salt: 'salt-of-yesterday' });
      assert.equal((await postSignOn(server, form)).status, 302);
    });
  });

  describe('is refused with a page', () => {
    const refused: [string, (resourceId: string) => Record<string, string>][] = [
      ['when the salt is wrong', (id) => signOnForm(server, id, { salt: 'wrong' })],
      ['when the salt is empty', (id) => signOnForm(server, id, { salt: '' })],
      ['when it is older than five minutes', (id) => signOnForm(server, id, { timestamp: secondsAgo(301) })],
      ['when it is from the future', (id) => signOnForm(server, id, { timestamp: secondsAgo(-90) })],
      ['when its timestamp is no number', (id) => signOnForm(server, id, { timestamp: 'now' })],
      ['when its timestamp is infinite', (id) => signOnForm(server, id, { timestamp: 'Infinity' })],
      ['without a timestamp', (id) => without(signOnForm(server, id), 'timestamp')],
      ['without any token', (id) => without(signOnForm(server, id), ...LEGACY, 'resource_token', 'token')],
      ['when it is empty', () => ({})],
      ['when the resource is unknown', () => signOnForm(server, randomUUID())],
      [
        'when the token is of another resource',
        (id) => ({ ...signOnForm(server, randomUUID()), resource_id: id }),
      ],
      ['when another address is put in', (id) => ({ ...signOnForm(server, id), email: 'admin@example.com' })],
      ['when another user is put in', (id) => ({ ...signOnForm(server, id), user_id: randomUUID() })],
      ['when the token is upper-case', (id) => upperCase(signOnForm(server, id))],
      [
        'when the strongest token is wrong, though the weaker ones are right',
        (id) => ({ ...signOnForm(server, id), user_scoped_resource_token: 'invalid' }),
      ],
      [
        'when the strongest token is there and empty',
        (id) => ({ ...signOnForm(server, id), user_scoped_resource_token: '' }),
      ],
      [
        'when resource_token is wrong, though the oldest token is right',
        (id) => ({ ...without(signOnForm(server, id), ...LEGACY), resource_token: 'invalid' }),
      ],
    ];
    for (const [when, formOf] of refused) {
      test(when, async () => assertRefused(await postSignOn(server, formOf(await newResource()))));
    }

    test('when the boundary between user and address is moved', async () => {
      const resourceId = await newResource();
      const form = signOnForm(server, resourceId, { userId: 'alice', email: 'x:bob@example.com' });
      await assertRefused(
        await postSignOn(server, { ...form, user_id: 'alice:x', email: 'bob@example.com' }),
      );
    });

    test('when a field comes twice', async () => {
      const form = new URLSearchParams(signOnForm(server, await newResource()));
      form.append('email', 'admin@example.com');
      const response = await fetch(`${server.url}/heroku/sso`, { method: 'POST', body: form });
      await assertRefused(response);
    });

    test('when the resource was removed, which the page says', async () => {
      const resourceId = await newResource();
      await callPartner(server, `DELETE /${resourceId}`);
      const response = await postSignOn(server, signOnForm(server, resourceId));
      await assertRefused(response, /This add-on was removed/);
    });

    test('the second time, also without the token that was used', async () => {
      const form = signOnForm(server, await newResource());
      assert.equal((await postSignOn(server, form)).status, 302);
      await assertRefused(await postSignOn(server, form));
      await assertRefused(await postSignOn(server, without(form, ...LEGACY)));
      await assertRefused(await postSignOn(server, without(form, ...LEGACY, 'resource_token')));
    });

    test('for all but one of ten equal forms that come at the same time', async () => {
      const form = signOnForm(server, await newResource());
      const responses = await Promise.all(Array.from({ length: 10 }, () => postSignOn(server, form)));
      const statuses = responses.map(({ status }) => status).sort();
      assert.deepEqual(statuses, [302, ...Array.from({ length: 9 }, () => 403)]);
    });
  });

  test('a token that another process has seen is used', async () => {
    const form = signOnForm(server, await newResource());
    await using other = await startServerProcess({
      databaseUrl: server.databaseUrl,
      entry: 'web',
      env: { HEROKU_SSO_SALT: SALT },
    });
    assert.equal((await postSignOn(other, form)).status, 302);
    await assertRefused(await postSignOn(server, form));
  });

  test('legacy tokens are refused where they are turned off', async () => {
    const resourceId = await newResource();
    await using strict = await startTestServer({
      databaseUrl: server.databaseUrl,
      runs: 'web',
      env: { HEROKU_SSO_SALT: SALT, HEROKU_SSO_LEGACY_TOKENS: 'false' },
    });
    const form = signOnForm(strict, resourceId);
    await assertRefused(await postSignOn(strict, without(form, ...LEGACY)));
    await assertRefused(await postSignOn(strict, without(form, ...LEGACY, 'resource_token')));
    assert.equal((await postSignOn(strict, form)).status, 302);
  });

  describe('by link, in development', () => {
    test('the form in the query does the same, once', async () => {
      const resourceId = await newResource();
      const query = new URLSearchParams(signOnForm(server, resourceId));
      const link = `${server.url}/dev/heroku/sso?${query.toString()}`;
      const first = await fetch(link, { redirect: 'manual' });
      assert.deepEqual(
        [first.status, first.headers.get('location')],
        [302, `/dashboard?addon=${resourceId}`],
      );
      assert.equal((await dashboard(cookiesOf(first))).status, 200);
      await assertRefused(await fetch(link, { redirect: 'manual' }));
    });

    test('a sign-in link that we did not sign is refused', async () => {
      await assertRefused(await fetch(`${server.url}/dev/sign_in/forged.token`));
    });
  });
});

function secondsAgo(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds;
}

function upperCase(form: Record<string, string>): Record<string, string> {
  const token = form['user_scoped_resource_token'] ?? '';
  return { ...form, user_scoped_resource_token: token.toUpperCase() };
}
