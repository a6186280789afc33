import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { selectAlertedSubscribers } from '#src/domain/endpoints/subscriber-alert-rows.ts';
import type { MailKind } from '#src/domain/mail/mail-kinds.ts';
import { type Reader, selectMutedOfTeam } from '#src/domain/mail/muted-mails.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { createTokenSigner } from '#src/infra/lib/signed-token.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';
import { signedInVisitor, visitorOf } from '#test/support/pages.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

describe('the choice of mails', () => {
  let server: TestServer;

  before(async () => {
    server = await sharedServer();
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  async function subscriber() {
    const { app, endpoint, ...made } = await createSubscribedApp(server, { url: 'http://127.0.0.1:9/' });
    const email = 'kim@globex.example';
    const subscription = await server.container.subscriptions.update(made.subscription, { email });
    const reader = { accountId: app.accountId, subscriptionId: subscription.id, email };
    const path = server.container.mailPreferences.linkFor(reader).replace(server.url, '');
    return { reader, path, subscription, endpointIds: [endpoint.id] };
  }

  it('is a page that the link of a mail opens without signing in', async () => {
    const { reader, path } = await subscriber();
    const visitor = visitorOf(server.url);
    const page = await visitor.get(path);
    assert.equal(page.status, 200);
    assert.match(page.text, /kim@globex\.example/);
    assert.match(page.text, /About webhooks from Acme to <bdi>Globex<\/bdi>/);
    assert.equal(page.text.match(/ checked>/g)?.length, 6);
    assert.doesNotMatch(page.text, /value="quota"/, 'that is the team’s');
    const saved = await visitor.post(path, { kinds: 'endpoint_disabled' });
    assert.match(saved.text, /Your choice is saved/);
    assert.deepEqual(await server.container.mailPreferences.wanted(reader), ['endpoint_disabled']);
    await visitor.post(path, { kinds: 'quota' });
    assert.deepEqual(await server.container.mailPreferences.wanted(reader), []);
  });

  /** That none of a kind that is added later is sent, until the reader wants any. */
  async function refusesTomorrows(reader: Reader & { endpointIds: string[] }) {
    const { mailPreferences, pool } = server.container;
    const { accountId, endpointIds } = reader;
    const ofTomorrow = 'of_tomorrow' as MailKind;
    const team = { ...reader, subscriptionId: null };
    await mailPreferences.choose(team, []);
    const isMuted = () =>
      transaction(pool, async (client) => {
        const of = { accountId, kind: 'secret-rotated', reader: 'subscriber' } as const;
        const alerted = { ...of, endpointIds, mailKind: ofTomorrow };
        return [
          (await selectAlertedSubscribers(client, alerted)).length === 0,
          (await selectMutedOfTeam(client, { accountId, kind: ofTomorrow })).includes(reader.email),
        ];
      });
    assert.deepEqual(await isMuted(), [true, true]);
    for (const one of [reader, team]) await mailPreferences.choose(one, ['endpoint_disabled']);
    assert.deepEqual(await isMuted(), [false, false]);
    assert.deepEqual(await mailPreferences.wanted(reader), ['endpoint_disabled']);
  }

  it('is none with the button of a mail program, which posts from elsewhere', async () => {
    const { reader, path, endpointIds } = await subscriber();
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    assert.equal((await fetch(`${server.url}${path}`, { method: 'POST', body })).status, 200);
    assert.deepEqual(await server.container.mailPreferences.wanted(reader), []);
    await refusesTomorrows({ ...reader, endpointIds });
    const other = await visitorOf(server.url).post(path, { unknown_field: '1' });
    assert.deepEqual([other.status, other.text.includes('unknown_field is unknown')], [422, true]);
  });

  it('changes at once: nobody sees the half of it', async () => {
    const { reader } = await subscriber();
    const { mailPreferences, pool } = server.container;
    await mailPreferences.choose(reader, ['endpoint_disabled']);
    const before = await mailPreferences.wanted(reader);
    await using holder = await holdTransaction(pool);
    // Another one mutes what is to be muted, and has not committed.
    await holder.query(
      `insert into muted_mails (account_id, app_id, subscription_id, email, kind, muted_at)
       select account_id, app_id, subscription_id, email, 'endpoint_disabled', now() from muted_mails
       where account_id = $1 limit 1`,
      [reader.accountId],
    );
    const chosen = mailPreferences.choose(reader, ['endpoint_warned']);
    await someoneWaits(pool, 'insert into muted_mails');
    assert.deepEqual(await mailPreferences.wanted(reader), before);
    await holder.rollback();
    await chosen;
    assert.deepEqual(await mailPreferences.wanted(reader), ['endpoint_warned']);
  });

  it('is nobody’s by a link that was changed, of another purpose, or of who is gone', async () => {
    const { reader, path, subscription } = await subscriber();
    const { config, clock } = server.container;
    const foreign = createTokenSigner(config.secrets.app, 'portal link', clock).sign(reader, 3600);
    const visitor = visitorOf(server.url);
    for (const wrong of [`${path.slice(0, -1)}_`, `/mails/${foreign}`, '/mails/nothing']) {
      assert.equal((await visitor.get(wrong)).status, 404);
      assert.equal((await visitor.post(wrong, {})).status, 404);
    }
    await server.container.subscriptions.delete(subscription);
    assert.equal((await visitor.get(path)).status, 404);
  });

  it('is a page of the settings for the team', async () => {
    const visitor = await signedInVisitor(server);
    const page = await visitor.get('/settings/notifications');
    assert.equal(page.text.match(/ checked>/g)?.length, 7);
    const saved = await visitor.post('/settings/notifications', { kinds: 'quota' });
    assert.equal(saved.status, 303);
    assert.match((await visitor.get(saved.location)).text, /Your choice of mails is saved/);
    const { accountId } = visitor;
    const reader = { accountId, subscriptionId: null, email: 'KIM@acme.example' };
    assert.deepEqual(await server.container.mailPreferences.wanted(reader), ['quota']);
  });
});
