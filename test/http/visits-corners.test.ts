import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { devSignInPath } from '#src/surfaces/heroku/dev-sign-in.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { signOnForm } from '#test/support/partner-calls.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());

test('whom a legacy token let in loses an add-on that is removed, and keeps the other', async () => {
  const [kept, removed] = [await server.createAccount(), await server.createAccount()];
  const browser = new CookieBrowser(server);
  for (const { resourceId } of [kept, removed]) {
    const { resource_id, resource_token, timestamp } = signOnForm(server, resourceId);
    await browser.post('/heroku/sso', { resource_id, resource_token, timestamp });
  }
  const statusOf = async (id: string) => (await browser.get(`/dashboard?addon=${id}`)).status;
  assert.deepEqual([await statusOf(removed.resourceId), await statusOf(kept.resourceId)], [200, 200]);
  await server.container.provisioning.deprovision(removed.resourceId);
  assert.deepEqual([await statusOf(removed.resourceId), await statusOf(kept.resourceId)], [403, 200]);
});

test('a page that was asked for is come back to, but not by who signs in to another add-on', async () => {
  const [asked, other] = [await server.createAccount(), await server.createAccount()];
  const signInAfterAsking = async (resourceId: string) => {
    const browser = new CookieBrowser(server);
    const page = `/settings/account?addon=${asked.resourceId}`;
    assert.equal((await browser.get(page)).location, '/sign_in');
    const { clock, config } = server.container;
    const person = { resourceId, herokuUserId: 'user-1', email: 'ada@example.com' };
    const answer = await browser.get(devSignInPath({ appSecret: config.secrets.app, clock }, person));
    return answer.location;
  };
  assert.equal(await signInAfterAsking(asked.resourceId), `/settings/account?addon=${asked.resourceId}`);
  assert.equal(await signInAfterAsking(other.resourceId), `/dashboard?addon=${other.resourceId}`);
});
