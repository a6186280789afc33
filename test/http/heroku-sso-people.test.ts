import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import {
  callPartner,
  cookiesOf,
  postSignOn,
  provisionBody,
  signOnForm,
  without,
} from '#test/support/partner-calls.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';

describe('people who sign on from Heroku', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ runs: 'web' });
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const newResource = async (plan = 'hobby') => {
    const body = provisionBody({ plan });
    await callPartner(server, 'POST ', { body });
    return body.uuid;
  };
  const membersOf = async (resourceId: string) => {
    const { rows } = await server.container.pool.query<{ userId: string; email: string; role: string }>(
      `select heroku_user_id as "userId", email, role from members
       join heroku_resources using (account_id) where heroku_resources.id = $1 order by members.id`,
      [resourceId],
    );
    return rows;
  };
  const signOn = (resourceId: string, person: Parameters<typeof signOnForm>[2] = {}) =>
    postSignOn(server, signOnForm(server, resourceId, person));
  const dashboard = (cookie: string) =>
    fetch(`${server.url}/dashboard`, { headers: { cookie, accept: 'text/html' }, redirect: 'manual' });

  test('the first is owner, the next is member, and everyone stays what they are', async () => {
    const resourceId = await newResource();
    const [ada, bob] = [randomUUID(), randomUUID()];
    await signOn(resourceId, { userId: ada, email: 'ada@example.com' });
    await signOn(resourceId, { userId: bob, email: 'bob@example.com' });
    await signOn(resourceId, { userId: ada, email: 'ada@new.example.com' });
    assert.deepEqual(await membersOf(resourceId), [
      { userId: ada, email: 'ada@new.example.com', role: 'owner' },
      { userId: bob, email: 'bob@example.com', role: 'member' },
    ]);
  });

  test('somebody who is removed while they sign on gets a page that says so', async () => {
    const { pool } = server.container;
    const resourceId = await newResource();
    await using remover = await holdTransaction(pool);
    await remover.query('lock table session_visits in exclusive mode');
    const answer = signOn(resourceId);
    await someoneWaits(pool, 'session_visits');
    await remover.query(
      'delete from members where account_id = (select account_id from heroku_resources where id = $1)',
      [resourceId],
    );
    await remover.commit();
    const { status } = await answer;
    assert.equal(status, 403);
  });

  test('when neither owner nor admin is left, the next to sign on is owner, known or new', async () => {
    const resourceId = await newResource();
    const [known, fresh] = [randomUUID(), randomUUID()];
    const removeOwners = () =>
      server.container.pool.query(
        `delete from members where role = 'owner' and account_id =
         (select account_id from heroku_resources where id = $1)`,
        [resourceId],
      );
    await signOn(resourceId);
    await signOn(resourceId, { userId: known, timestamp: secondsAgo(60) });
    await removeOwners();
    await signOn(resourceId, { userId: known });
    assert.deepEqual(
      (await membersOf(resourceId)).map(({ userId, role }) => [userId, role]),
      [[known, 'owner']],
    );
    await removeOwners();
    await signOn(resourceId, { userId: fresh });
    assert.equal((await membersOf(resourceId))[0]?.role, 'owner');
  });

  test('of ten who come first at the same time one is owner', async () => {
    const resourceId = await newResource('scale');
    await Promise.all(Array.from({ length: 10 }, () => signOn(resourceId)));
    const members = await membersOf(resourceId);
    assert.equal(members.length, 10);
    assert.equal(members.filter(({ role }) => role === 'owner').length, 1);
  });

  test('of ten who come at the same time the plan lets in as many as it is for', async () => {
    const resourceId = await newResource('hobby');
    const answers = await Promise.all(Array.from({ length: 10 }, () => signOn(resourceId)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      ...Array.from({ length: 5 }, () => 302),
      ...Array.from({ length: 5 }, () => 403),
    ]);
    assert.equal((await membersOf(resourceId)).length, 5);
  });

  test('one too many is told the limit, the plan, who can make room and the upgrade; those in get in', async () => {
    const resourceId = await newResource('hobby');
    const members = Array.from({ length: 5 }, (_, index) => ({
      userId: randomUUID(),
      email: `p${String(index)}@example.com`,
    }));
    for (const person of members) await signOn(resourceId, { ...person, timestamp: secondsAgo(60) });
    const refused = await signOn(resourceId);
    const page = await refused.text();
    assert.deepEqual([refused.status, refused.headers.getSetCookie()], [403, []]);
    assert.match(page, /The hobby plan of this add-on is for 5 people/);
    assert.match(page, /ask p0@example\.com\./);
    assert.match(page, /addons:upgrade hosted-hooks:starter/);
    assert.match(page, /apps\/sharp-mountain-4005\/resources/);
    for (const person of members) assert.equal((await signOn(resourceId, person)).status, 302);
  });

  test('whoever comes with a legacy token is nobody in particular, whatever the form says', async () => {
    const resourceId = await newResource();
    const admin = { userId: randomUUID(), email: 'admin@example.com' };
    await signOn(resourceId, admin);
    const form = signOnForm(server, resourceId, { ...admin, timestamp: secondsAgo(180) });
    const response = await postSignOn(server, without(form, 'user_scoped_resource_token'));
    assert.equal(response.status, 302);
    const { rows } = await server.container.pool.query(
      'select member_id from session_visits where resource_id = $1 order by signed_in_at desc limit 1',
      [resourceId],
    );
    assert.deepEqual(rows, [{ member_id: null }]);
    assert.equal((await membersOf(resourceId)).length, 1);
    const page = await dashboard(cookiesOf(response));
    assert.equal(page.status, 200);
    assert.doesNotMatch(await page.text(), /admin@example\.com/);
  });

  test('the name of the owning app is kept up to date', async () => {
    const resourceId = await newResource();
    for (const [seconds, app] of [
      [2, 'old-name'],
      [1, 'new-name'],
      [0, '<b>not a name</b>'],
    ] as const) {
      const form = signOnForm(server, resourceId, { timestamp: secondsAgo(seconds) });
      await postSignOn(server, { ...form, app });
    }
    const resource = await server.container.models.HerokuResource.findByPk(resourceId);
    assert.equal(resource?.appName, 'new-name');
  });

  describe('are signed out at the next request', () => {
    test('when the resource is removed', async () => {
      const resourceId = await newResource();
      const cookie = cookiesOf(await signOn(resourceId));
      assert.equal((await dashboard(cookie)).status, 200);
      await callPartner(server, `DELETE /${resourceId}`);
      const response = await dashboard(cookie);
      assert.deepEqual([response.status, response.headers.get('location')], [302, '/sign_in']);
    });

    test('when the resource is removed, also whoever came with a token that names nobody', async () => {
      const resourceId = await newResource();
      const form = without(signOnForm(server, resourceId), 'user_scoped_resource_token');
      const cookie = cookiesOf(await postSignOn(server, form));
      assert.equal((await dashboard(cookie)).status, 200);
      await callPartner(server, `DELETE /${resourceId}`);
      assert.equal((await dashboard(cookie)).status, 302);
    });

    test('when they are removed, and nobody else is', async () => {
      const resourceId = await newResource();
      const [leaver, stayer] = [new CookieBrowser(server), new CookieBrowser(server)];
      const userId = randomUUID();
      await leaver.signOn(resourceId, { userId });
      await stayer.signOn(resourceId);
      await server.container.pool.query('delete from members where heroku_user_id = $1', [userId]);
      assert.equal((await leaver.get('/dashboard')).status, 302);
      assert.equal((await stayer.get('/dashboard')).status, 200);
    });
  });
});

function secondsAgo(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds;
}
