import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviceTo } from '#src/domain/issues/advice.ts';
import { newestMails } from '#src/domain/mail/mails.ts';
import { answer, inTurn } from '#test/support/behaviours.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { portalPath } from '#test/support/portal-visitor.ts';
import { ADMIN, addMember } from '#test/support/mails.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp, EVENT_TYPE } from '#test/support/subscribed-app.ts';

const MESSAGES = 10;

test('from the mail about an endpoint that is off, "10 of 10 sent" takes no account and no help', async () => {
  const clock = createJumpingClock();
  await using server = await startTestServer({ clock });
  await using receiver = await startReceiver(inTurn(answer(200), answer(500), answer(500), answer(204)));
  const { container } = server;
  const subscribed = await createSubscribedApp(server, { url: receiver.url, retryDelaysSeconds: [0.01] });
  const { endpoint, endpointNow, post, subscription } = subscribed;
  await container.subscriptions.update(subscription, { email: 'kim@globex.example' });
  await addMember(server, subscription.accountId);
  // Who joined is told, too, and Kim once.
  for (const email of ['Kim@globex.example', 'lou@globex.example']) {
    await container.pool.query(
      `with person as (
         insert into people (id, email, password_hash, created_at) values (gen_random_uuid(), $4, '', now())
         returning id
       )
       insert into subscription_people (account_id, app_id, subscription_id, person_id, created_at)
       select $1, $2, $3, id, now() from person`,
      [subscription.accountId, subscription.appId, subscription.id, email],
    );
  }

  const home = new CookieBrowser(server);
  const sample = `/portal/${subscription.id}/endpoints/${endpoint.id}/test`;
  await home.get(portalPath(server, subscription));
  await home.post(sample, { event_type: EVENT_TYPE });
  await post();
  await eventually('off', async () => (await endpointNow()).status === 'inactive');
  for (let count = 1; count < MESSAGES; count += 1) await post();
  await eventually('told', async () => {
    clock.jump(61 / 3600);
    await container.endpointAlerts.mail();
    return (await newestMails(container.pool, 10)).length > 0;
  });
  const told = (await newestMails(container.pool, 10)).map(({ recipient }) => recipient);
  assert.deepEqual(told.sort(), [ADMIN, 'kim@globex.example', 'lou@globex.example'].sort());
  const mailTo = async (address: string) =>
    (await newestMails(container.pool, 10)).find(({ recipient }) => recipient === address);
  const mail = await mailTo('kim@globex.example');
  const [, link = ''] = /href="([^"]*\/portal\/[^"]*)"/.exec(mail?.html ?? '') ?? [];
  assert.match(mail?.html.replaceAll(/\s+/g, ' ') ?? '', /10 deliveries are kept for a replay/);
  // One cause has one advice, wherever it is read.
  const advice = adviceTo('subscriber', 'server_error');
  assert.ok(mail?.html.replaceAll(/\s+/g, ' ').includes(advice));
  assert.ok((await mailTo(ADMIN))?.text.includes(adviceTo('provider', 'server_error')));

  const browser = new CookieBrowser(server);
  const opened = await browser.get(link.replace(server.url, ''));
  const repair = `/portal/${subscription.id}/endpoints/${endpoint.id}/repair`;
  assert.deepEqual([opened.status, opened.location], [303, repair]);
  const { text } = await browser.get(repair);
  assert.match(text, /answered 500/);
  assert.ok(text.includes(advice));
  assert.doesNotMatch(text, /The test of/, 'one from before the failure says nothing');
  assert.ok((await browser.get(repair.replace('/repair', ''))).text.includes(advice));
  await browser.post(`${repair}/test`, { event_type: EVENT_TYPE });
  const tested = await browser.get(repair);
  assert.match(tested.text, /The test of [^]*\ssucceeded/);
  assert.ok(!tested.text.includes(advice), 'it is done');
  await browser.post(`${repair}/on`, {});
  await browser.post(`${repair}/replay`, {});
  await eventually('all sent', async () => (await browser.get(repair)).text.includes('10 of 10 sent'));
  assert.match((await browser.get(repair)).text, /All is well/);
  assert.equal(
    (await browser.post(repair.replace('repair', 'secret'), {})).status,
    403,
    'the secrets it gives not',
  );

  await eventually('told that it is well', async () => {
    clock.jump(61 / 3600);
    await container.endpointAlerts.mail();
    const mails = await newestMails(container.pool, 10);
    return mails.some(({ subject }) => subject === 'Webhooks from Acme: your endpoint is well again');
  });
});
