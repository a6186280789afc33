import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { breakLinks } from '#src/infra/lib/break-links.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { PASSWORD, peopleAt } from '#test/support/people.ts';
import { putOnPlan } from '#test/support/quotas.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { newAddress, mailTo, linkTo, newPerson } = peopleAt(server);
const { pool } = server.container;

const actionsOf = async (accountId: string) => {
  const { rows } = await pool.query<{ told: string }>(
    `select action || ' by ' || actor_type as told from audit_events where account_id = $1 order by id`,
    [accountId],
  );
  return rows.map(({ told }) => told);
};

describe('an invitation into a team', () => {
  it('lets by its mail somebody in who had no account, until a key removes them', async () => {
    const api = await apiOfNewAccount(server);
    const email = newAddress();
    const { status, body } = await api.post('/account/invitations', { email, role: 'viewer' });
    assert.deepEqual(
      [status, body['status'], body['role'], body['accepted_at']],
      [201, 'pending', 'viewer', null],
    );
    assert.match((await mailTo(email)).subject, /^You are invited to .+ at HostedHooks$/);
    assert.doesNotMatch((await mailTo(email)).text, /add-on/);

    const browser = new CookieBrowser(server);
    const link = await linkTo(email);
    assert.match((await browser.get(link)).text, /Choose a password/);
    assert.equal((await browser.post(link, { password: 'short' })).status, 422);
    const { location } = await browser.post(link, { password: PASSWORD });
    assert.match(location, /^\/dashboard\?addon=/);
    assert.equal((await browser.get(location)).status, 200);
    assert.equal((await browser.post('/apps', { name: 'Mine' })).status, 403);

    const { first: member } = await api.get('/account/members');
    assert.deepEqual([member['email'], member['role']], [email, 'viewer']);
    assert.equal((await api.get('/account/invitations')).first['status'], 'accepted');
    await api.patch(`/account/members/${member.id}`, { role: 'admin' });
    assert.equal((await browser.post('/apps', { name: 'Mine' })).status, 303);
    assert.equal((await api.patch(`/account/members/${member.id}`, { role: 'owner' })).status, 403);
    assert.equal((await api.delete(`/account/members/${member.id}`)).status, 204);
    assert.equal((await browser.get(location)).location, '/you');
    assert.deepEqual((await actionsOf(api.accountId)).slice(1), [
      'invitation.created by api_key',
      'member.joined by person',
      'invitation.accepted by person',
      'member.role_changed by api_key',
      'app.created by person',
      'member.removed by api_key',
    ]);
  });

  it('is accepted by somebody who has an account with it; one sign-in then shows both', async () => {
    const [inviter, guest] = [await newPerson(), await newPerson()];
    const fields = { email: guest.email, role: 'member' };
    const sent = await inviter.browser.post('/settings/team/invitations', fields);
    assert.match((await inviter.browser.get(sent.location)).text, /The invitation is on its way/);
    assert.ok((await mailTo(guest.email)).text.includes(`${breakLinks(inviter.email)} invites you`));

    const browser = new CookieBrowser(server);
    const link = await linkTo(guest.email);
    assert.match((await browser.get(link)).text, /is signed up here\. Sign in/);
    const signedIn = await browser.post('/sign_in', { email: guest.email, password: PASSWORD });
    assert.equal(signedIn.location, link);
    assert.ok((await browser.get(link)).text.includes(`Accept as ${guest.email}`));
    assert.match((await browser.post(`${link}/accept`, {})).location, /^\/dashboard\?addon=/);
    const { text } = await browser.get('/you');
    for (const { email } of [inviter, guest]) assert.ok(text.includes(`Account of ${email}`), email);
  });

  it('has one answer when it is used up, taken back, over, changed or of another purpose', async () => {
    const api = await apiOfNewAccount(server);
    const invite = async () => {
      const email = newAddress();
      const { body } = await api.post('/account/invitations', { email });
      return { id: body.id, link: await linkTo(email) };
    };
    const [used, revoked, over, good] = [await invite(), await invite(), await invite(), await invite()];
    await new CookieBrowser(server).post(used.link, { password: PASSWORD });
    assert.equal((await api.delete(`/account/invitations/${revoked.id}`)).status, 204);
    await pool.query('update invitations set expires_at = now() where id = $1', [over.id]);
    const links = [
      used.link,
      revoked.link,
      over.link,
      `${good.link}x`,
      good.link.replace('/inv', '/sign_up/inv'),
    ];
    for (const link of links) {
      const browser = new CookieBrowser(server);
      for (const answer of [await browser.get(link), await browser.post(link, { password: PASSWORD })]) {
        assert.equal(answer.status, 404, link);
        assert.doesNotMatch(answer.text, /Choose a password/);
      }
    }
    assert.equal((await new CookieBrowser(server).post(`${good.link}/accept`, {})).status, 401);
  });

  it('counts with those who are there for what the plan allows, and is renewed by another one', async () => {
    const api = await apiOfNewAccount(server);
    await putOnPlan(server, api.accountId, 'hobby');
    const emails = Array.from({ length: 6 }, newAddress);
    const answers = [];
    for (const email of emails) answers.push(await api.post('/account/invitations', { email }));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201, 201, 201, 201, 402],
    );
    assert.match(
      String(answers[5]?.body.message),
      /The plan hobby is for 5 people, those who are invited among them/,
    );
    const again = await api.post('/account/invitations', { email: emails[0]?.toUpperCase(), role: 'admin' });
    assert.deepEqual([again.status, again.body.id], [201, answers[0]?.body.id]);
  });

  it('of another account is not found', async () => {
    const [mine, other] = [await apiOfNewAccount(server), await apiOfNewAccount(server)];
    const { body } = await mine.post('/account/invitations', { email: newAddress() });
    assert.equal((await other.delete(`/account/invitations/${body.id}`)).status, 404);
    assert.deepEqual((await other.get('/account/invitations')).rows, []);
    assert.equal((await mine.get('/account/invitations')).rows.length, 1);
  });
});

describe('an invitation to a subscriber', () => {
  async function newSubscription() {
    const api = await apiOfNewAccount(server);
    const { body: app } = await api.post('/apps', { name: `Shop ${api.accountId.slice(-4)}` });
    const { body: subscription } = await api.post(`/apps/${app.id}/subscriptions`, { name: 'Globex' });
    const path = `/subscriptions/${subscription.id}/invitations`;
    return { api, app, subscription, path };
  }

  it('opens the portal without an account, as often as its link is followed', async () => {
    const { api, path, app, subscription } = await newSubscription();
    const email = newAddress();
    assert.equal((await api.post(path, { email })).status, 201);
    const { subject, text } = await mailTo(email);
    assert.equal(subject, `${app.name} invites you to your webhooks`);
    assert.doesNotMatch(text, /add-on/);
    const link = await linkTo(email);
    const visitors: CookieBrowser[] = [];
    for (const browser of [new CookieBrowser(server), new CookieBrowser(server)]) {
      const opened = await browser.post(`${link}/portal`, {});
      assert.match(opened.location, /^\/portal\//);
      const { location } = await browser.get(opened.location);
      const home = await browser.get(location);
      assert.deepEqual([location, home.status], [`/portal/${subscription.id}`, 200]);
      visitors.push(browser);
    }
    const { first } = await api.get(path);
    assert.equal((await api.delete(`${path}/${first.id}`)).status, 204);
    for (const browser of visitors) {
      assert.equal((await browser.get(`/portal/${subscription.id}`)).status, 401, 'taken back');
    }
  });

  it('lists, for a person, what several providers send; who is taken out sees it no more', async () => {
    const [one, two] = [await newSubscription(), await newSubscription()];
    const email = newAddress();
    const browser = new CookieBrowser(server);
    const { body: first } = await one.api.post(one.path, { email });
    const accepted = await browser.post(await linkTo(email), { password: PASSWORD });
    assert.equal(accepted.location, '/you');
    await two.api.post(two.path, { email });
    assert.equal((await browser.post(`${await linkTo(email)}/accept`, {})).location, '/you');
    const { text } = await browser.get('/you');
    for (const { app } of [one, two]) assert.ok(text.includes(app.name));

    const open = `/you/subscriptions/${one.subscription.id}/open`;
    const opened = await browser.get((await browser.post(open, {})).location);
    assert.equal((await browser.get(opened.location)).status, 200);
    const otherVisit = await browser.get(
      (await browser.post(`/you/subscriptions/${two.subscription.id}/open`, {})).location,
    );
    const stranger = await newPerson();
    assert.equal((await stranger.browser.post(open, {})).status, 404);
    assert.equal((await new CookieBrowser(server).post(open, {})).status, 401);

    assert.equal((await one.api.get(one.path)).first['status'], 'accepted');
    assert.equal((await one.api.delete(`${one.path}/${first.id}`)).status, 204);
    assert.equal((await browser.post(open, {})).status, 404);
    assert.equal((await browser.get(opened.location)).status, 401, 'the visit ends, too');
    assert.equal((await browser.get(otherVisit.location)).status, 200);
    await new CookieBrowser(server).post('/password', { email });
    await browser.copy().post(await linkTo(email), { password: 'another horse battery' });
    assert.equal((await browser.get(otherVisit.location)).status, 401, 'with the password');
    assert.deepEqual((await actionsOf(one.api.accountId)).slice(-3), [
      'invitation.created by api_key',
      'invitation.accepted by portal',
      'invitation.revoked by api_key',
    ]);
  });

  it('is nothing that a member can send, who could reveal secrets by it', async () => {
    const owner = await newPerson();
    const app = await owner.browser.post('/apps', { name: 'Shop' });
    const subscriber = await owner.browser.post(`${app.location}/subscriptions`, { name: 'Globex' });
    const { accountId } = await server.container.models.App.findByPk(
      /apps\/([^/?]+)/.exec(app.location)?.[1] ?? '',
      { rejectOnEmpty: true },
    );
    await pool.query(`update members set role = 'member' where account_id = $1`, [accountId]);
    const { status } = await owner.browser.post(`${subscriber.location}/invitations`, {
      email: newAddress(),
    });
    assert.equal(status, 403);
  });

  it('is sent from the subscriber’s page, too, and taken back there', async () => {
    const { browser, email } = await newPerson();
    const app = await browser.post('/apps', { name: 'Shop' });
    const subscriber = await browser.post(`${app.location}/subscriptions`, { name: 'Globex' });
    const people = `${subscriber.location}/people`;
    assert.equal((await browser.post(`${subscriber.location}/invitations`, { email: 'x' })).status, 422);
    await browser.post(`${subscriber.location}/invitations`, { email });
    const { text } = await browser.get(people);
    assert.ok(text.includes(email) && text.includes('Invited'));
    const revoke = /action="([^"?]+\/revoke)/.exec(text)?.[1] ?? '';
    assert.equal((await browser.post(revoke, {})).status, 303);
    assert.match((await browser.get(people)).text, /Nobody is invited yet/);
  });
});
