import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

describe('the team in the settings', () => {
  let server: TestServer;
  before(async () => {
    server = await sharedServer('web');
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  /** Someone who is signed in to the account of `resourceId`. */
  const personOf = async ({ resourceId, accountId }: { resourceId: string; accountId: string }) => {
    const browser = new CookieBrowser(server);
    const userId = randomUUID();
    const email = `${userId.slice(0, 8)}@example.com`;
    await browser.signOn(resourceId, { userId, email });
    const member = await server.container.models.Member.findOne({
      where: { accountId, herokuUserId: userId },
    });
    const id = member?.id ?? '';
    const path = `/settings/team/${id}`;
    const settings = () => browser.get('/settings/account');
    const role = async () => (await server.container.models.Member.findByPk(id))?.role;
    return { browser, userId, email, id, path, settings, role };
  };
  const newTeam = async () => {
    const account = await server.createAccount();
    return { account, owner: await personOf(account), member: await personOf(account) };
  };

  it('lists who has signed in; only an owner sees what can be changed', async () => {
    const { owner, member } = await newTeam();
    const [seenByOwner, seenByMember] = [await owner.settings(), await member.settings()];
    for (const { text } of [seenByOwner, seenByMember]) {
      assert.ok(text.includes(owner.email) && text.includes(member.email));
      assert.match(text, /at most 100 people on your plan/);
    }
    assert.ok(seenByOwner.text.includes(`${member.path}/remove`));
    assert.doesNotMatch(seenByMember.text, /settings\/team\//);
  });

  it('gives signing secrets in an export to owners and admins only: a member gets it without, and the page says so', async () => {
    const { account, owner, member } = await newTeam();
    const { container } = server;
    const app = await container.apps.create(account.accountId, { name: 'Shop' });
    const subscription = await container.subscriptions.create(app, { name: 'Globex' });
    const endpoint = await container.endpoints.create(subscription, {
      url: 'https://globex.example/hook',
      version: '1.0',
    });
    const secret = container.endpoints.revealSecret(endpoint);
    const download = (person: typeof owner, query = '') => person.browser.get(`/settings/export${query}`);

    assert.ok((await download(owner, '?secrets=true')).text.includes(secret));
    assert.match((await owner.settings()).text, /export\?secrets=true/);
    const refused = await download(member, '?secrets=true');
    assert.equal(refused.status, 403);
    assert.match(
      refused.text,
      /Your role here is member, and only an owner or an admin may reveal, rotate and export signing secrets/,
    );
    const without = await download(member);
    assert.equal(without.status, 200);
    assert.ok(without.text.includes(endpoint.id) && !without.text.includes(secret));
    const { text } = await member.settings();
    assert.doesNotMatch(text, /export\?secrets=true/);
    assert.match(text, /without the signing secrets: only an owner or admin of this account gets those/);
  });

  it('lets an owner make another one, who may do the same', async () => {
    const { owner, member } = await newTeam();
    const made = await owner.browser.post(`${member.path}/role`, { role: 'owner' });
    assert.equal(made.status, 303);
    assert.match((await owner.browser.get(made.location)).text, /This person is an owner now/);
    assert.equal((await member.browser.post(`${owner.path}/role`, { role: 'member' })).status, 303);
    assert.deepEqual([await owner.role(), await member.role()], ['member', 'owner']);
  });

  it('ends the sessions of a removed person at once; through Heroku they come back as a member', async () => {
    const { account, owner, member } = await newTeam();
    const elsewhere = new CookieBrowser(server);
    await elsewhere.signOn(account.resourceId, { userId: member.userId, timestamp: secondsAgo(60) });
    await owner.browser.post(`${member.path}/role`, { role: 'owner' });
    assert.equal((await owner.browser.post(`${member.path}/remove`, {})).status, 303);
    for (const browser of [member.browser, elsewhere]) {
      assert.equal((await browser.get('/dashboard')).location, '/sign_in');
      assert.equal((await browser.post('/apps', { name: 'Late' })).location, '/sign_in');
    }
    await member.browser.signOn(account.resourceId, { userId: member.userId, timestamp: secondsAgo(120) });
    assert.equal((await member.browser.get('/dashboard')).status, 200);
    const back = await server.container.models.Member.findOne({ where: { herokuUserId: member.userId } });
    assert.equal(back?.role, 'member');
  });

  it('keeps one owner: the last can neither be removed nor made a member, and the page says why', async () => {
    const { owner } = await newTeam();
    for (const [action, fields] of [
      ['remove', {}],
      ['role', { role: 'member' }],
    ] as const) {
      const answer = await owner.browser.post(`${owner.path}/${action}`, fields);
      assert.equal(answer.status, 409, action);
      assert.match(answer.text, /An account needs an owner, and this is the only one/);
      assert.match(answer.text, /id="team"/, 'on the page of the settings');
      assert.match(answer.text, /aria-current="page"[^]{0,400}<span>Settings</, 'which the menu marks');
    }
    assert.equal(await owner.role(), 'owner');
  });

  it('lets an owner remove themselves when there is another', async () => {
    const { owner, member } = await newTeam();
    await owner.browser.post(`${member.path}/role`, { role: 'owner' });
    assert.equal((await owner.browser.post(`${owner.path}/remove`, {})).status, 303);
    assert.equal((await owner.settings()).location, '/sign_in');
    assert.equal(await member.role(), 'owner');
  });

  it('keeps an owner when two remove each other, or step down, at the same time', async () => {
    for (const [action, fields] of [
      ['remove', {}],
      ['role', { role: 'member' }],
    ] as const) {
      const { account, owner, member } = await newTeam();
      await owner.browser.post(`${member.path}/role`, { role: 'owner' });
      await Promise.all([
        owner.browser.post(`${member.path}/${action}`, fields),
        member.browser.post(`${owner.path}/${action}`, fields),
      ]);
      const where = { accountId: account.accountId, role: 'owner' as const };
      assert.equal(await server.container.models.Member.count({ where }), 1, action);
    }
  });

  it('asks again under the lock whether it is an owner who does it', async () => {
    const { account, owner, member } = await newTeam();
    const deed = { accountId: account.accountId, actorId: member.id, memberId: owner.id };
    const { members } = server.container;
    await assert.rejects(members.remove(deed), { name: 'Forbidden' });
    await assert.rejects(members.setRole({ ...deed, memberId: member.id }, 'owner'), { name: 'Forbidden' });
    await assert.rejects(members.remove({ ...deed, actorId: null }), { name: 'Forbidden' });
    assert.deepEqual([await owner.role(), await member.role()], ['owner', 'member']);
  });

  it('gives a member no way to become owner, or to remove anybody', async () => {
    const { owner, member } = await newTeam();
    for (const [path, fields] of [
      [`${member.path}/role`, { role: 'owner' }],
      [`${owner.path}/role`, { role: 'member' }],
      [`${owner.path}/remove`, {}],
      [`${member.path}/remove`, {}],
      [`/settings/team/${randomUUID()}/remove`, {}],
    ] as const) {
      const answer = await member.browser.post(path, fields);
      assert.equal(answer.status, 403, path);
      assert.match(
        answer.text,
        /Your role here is member, and only an owner or an admin may invite people, change roles and remove people/,
      );
    }
    assert.deepEqual([await owner.role(), await member.role()], ['owner', 'member']);
  });

  it('knows nobody of another account, nor a role that there is not', async () => {
    const { owner, member } = await newTeam();
    const other = await newTeam();
    for (const path of [other.member.path, `/settings/team/${randomUUID()}`, '/settings/team/x']) {
      assert.equal((await owner.browser.post(`${path}/remove`, {})).status, 404, path);
      assert.equal((await owner.browser.post(`${path}/role`, { role: 'owner' })).status, 404, path);
    }
    assert.equal((await owner.browser.post(`${member.path}/role`, { role: 'king' })).status, 400);
    assert.deepEqual([await other.member.role(), await member.role()], ['member', 'member']);
  });
});

function secondsAgo(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds;
}
