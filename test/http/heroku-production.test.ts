import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { callPartner, provisionBody, signOnForm, without } from '#test/support/partner-calls.ts';
import { PRODUCTION } from '#test/support/production.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

describe('in production', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ env: PRODUCTION });
  });
  after(() => server[Symbol.asyncDispose]());

  const newForm = async () => {
    const body = provisionBody();
    await callPartner(server, 'POST ', { body });
    return signOnForm(server, body.uuid);
  };
  const post = (form: Record<string, string>) =>
    fetch(`${server.url}/heroku/sso`, {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'manual',
      // What Heroku's router adds: the browser came over https.
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' },
    });

  test('the cookies of a sign-on travel over https only', async () => {
    const response = await post(await newForm());
    assert.equal(response.status, 302);
    const cookies = response.headers.getSetCookie();
    assert.equal(cookies.length, 2);
    for (const cookie of cookies) assert.match(cookie, /; Secure/);
  });

  test('legacy tokens are refused unless they are turned on', async () => {
    const form = without(await newForm(), 'user_scoped_resource_token');
    assert.equal((await post(form)).status, 403);
  });

  test('there is no sign-in by link', async () => {
    const query = new URLSearchParams(await newForm());
    for (const path of [`/dev/heroku/sso?${query.toString()}`, '/dev/sign_in/token']) {
      const response = await fetch(`${server.url}${path}`, { redirect: 'manual' });
      assert.equal(response.status, 404);
      assert.deepEqual(response.headers.getSetCookie(), []);
    }
  });
});
