import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transaction } from '#src/infra/database/transaction.ts';
import { eventually } from '#test/support/eventually.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { startMailServer } from '#test/support/mail-server.ts';
import { ADMIN, addMember, allMails, enqueueMail, keyMail } from '#test/support/mails.ts';
import { callPartner } from '#test/support/partner-calls.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

const queued = async ({ container }: TestServer) => {
  const { rowCount } = await container.pool.query(`select from pgboss.job where name = 'mail'`);
  return rowCount;
};

test('a mail and its job exist exactly when the transaction commits', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { mailer, pool } = server.container;
  const { accountId } = await server.createAccount();
  await addMember(server, accountId);
  const undone = transaction(pool, async (client) => {
    await mailer.enqueue(client, keyMail(accountId));
    throw new Error('undone');
  });
  await assert.rejects(undone, /undone/);
  assert.deepEqual([(await allMails(server)).length, await queued(server)], [0, 0]);

  await enqueueMail(server, keyMail(accountId));
  assert.deepEqual([(await allMails(server)).length, await queued(server)], [1, 1]);
});

test('goes to every admin that has a mailbox, each once, and to no other member', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { accountId } = await server.createAccount();
  const admins = [ADMIN, 'bo@acme.example', 'BO@acme.example', 'acme@herokumanager.com', '', 'no address'];
  for (const email of admins) await addMember(server, accountId, { email });
  await addMember(server, accountId, { email: 'cy@acme.example', role: 'member' });
  await setOwner(server, accountId, 'owner@acme.example');
  await enqueueMail(server, keyMail(accountId));
  const recipients = (await allMails(server)).map(({ recipient }) => recipient.toLowerCase());
  assert.deepEqual(recipients.sort(), [ADMIN, 'bo@acme.example']);
});

test('goes to the owner of the app while there is no admin, never to the name of a team', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { accountId } = await server.createAccount();
  for (const owner of [null, 'acme@herokumanager.com', 'acme@HerokuManager.com', 'owner@acme.example']) {
    await setOwner(server, accountId, owner);
    await enqueueMail(server, keyMail(accountId));
  }
  const [mail, ...others] = await allMails(server);
  assert.equal(mail?.recipient, 'owner@acme.example');
  assert.match(mail.text, /because you own the app/);
  assert.deepEqual(others, []);
});

test('a single address gets a mail, two in one or a line break do not', async () => {
  await using server = await startTestServer({ runs: 'web' });
  const { accountId } = await server.createAccount();
  const evil = ['a@x.example,b@x.example', 'a@x.example\r\nBcc: b@x.example', '"a" <a@x.example>'];
  for (const to of [...evil, 'a@x.example']) await enqueueMail(server, keyMail(accountId, { to }));
  assert.deepEqual(
    (await allMails(server)).map(({ recipient }) => recipient),
    ['a@x.example'],
  );
});

test('without a mail server mails stay, unsent', async () => {
  await using server = await startTestServer();
  const { accountId } = await server.createAccount();
  await addMember(server, accountId);
  await enqueueMail(server, keyMail(accountId));
  await eventually('the job done', async () => {
    const { rows } = await server.container.pool.query<{ state: string }>(
      `select state from pgboss.job where name = 'mail'`,
    );
    return rows[0]?.state === 'completed';
  });
  const [mail] = await allMails(server);
  assert.deepEqual([mail?.sentAt, mail?.failedAt, mail?.attempts], [null, null, 0]);
});

test('names of customers can neither add headers nor HTML, nor lines to the text', async () => {
  await using mailServer = await startMailServer();
  await using server = await startTestServer({ env: smtp(mailServer.port) });
  const { accountId } = await server.createAccount();
  await addMember(server, accountId);
  await server.container.pool.query(
    'update heroku_resources set name = $2, app_name = $3 where account_id = $1',
    [accountId, 'nice\r\nBcc: victim@x.example\r\n\r\n<script>hi()</script>\u2028x', '<b>shop</b>'],
  );
  await enqueueMail(server, keyMail(accountId, { keyPrefix: '"><img src=x>' }));
  await eventually('arrived', () => mailServer.mails.length === 1);

  const [received] = mailServer.mails;
  assert.deepEqual(received?.to, [ADMIN]);
  assert.equal(received.headers.has('bcc'), false);
  assert.match(received.headers.get('subject') ?? '', /nice Bcc: victim@x\.\u200bexample <script>/);
  const [mail] = await allMails(server);
  assert.doesNotMatch(mail!.html, /<script|<b>|<img/);
  assert.match(mail!.html, /&lt;script&gt;hi\(\)&lt;\/script&gt;/);
  assert.match(
    mail!.text,
    /add-on nice Bcc: victim@x\.\u200bexample <script>hi\(\)<\/script> x on the Heroku app/,
  );
});

test('mails go after thirty days, whether they were sent or not', async () => {
  await using web = await startTestServer({ runs: 'web' });
  const { accountId } = await web.createAccount();
  await addMember(web, accountId);
  await enqueueMail(web, keyMail(accountId));
  const count = async (days: number) => {
    const clock = createJumpingClock();
    await clock.jumpTo(clock.now() + days * 86_400_000, web.container.pool);
    await using worker = await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl, clock });
    await worker.container.mailer.stop();
    return (await allMails(web)).length;
  };
  assert.equal(await count(29.9), 1);
  assert.equal(await count(30.1), 0);
});

test('a removed account takes its mails with it, and those that are queued are not missed', async () => {
  await using mailServer = await startMailServer();
  await using web = await startTestServer({ runs: 'web' });
  const { accountId, resourceId } = await web.createAccount();
  const kept = await web.createAccount();
  for (const account of [accountId, kept.accountId]) {
    await addMember(web, account);
    await enqueueMail(web, keyMail(account));
  }
  await callPartner(web, `DELETE /${resourceId}`);
  await web.container.pool.query('delete from accounts where id = $1', [accountId]);
  assert.deepEqual(
    (await allMails(web)).map((mail) => mail.accountId),
    [kept.accountId],
  );
  const env = smtp(mailServer.port);
  await using worker = await startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl, env });
  await eventually('all jobs done', async () => {
    const { rowCount } = await worker.container.pool.query(
      `select from pgboss.job where name = 'mail' and state <> 'completed'`,
    );
    return rowCount === 0;
  });
  assert.equal(mailServer.mails.length, 1);
});

const smtp = (port: number) => ({ SMTP_URL: `smtp://127.0.0.1:${String(port)}` });

async function setOwner({ container }: TestServer, accountId: string, email: string | null): Promise<void> {
  await container.pool.query('update heroku_resources set owner_email = $2 where account_id = $1', [
    accountId,
    email,
  ]);
}
