import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredMail } from '#src/domain/mail/mails.ts';
import { eventually } from '#test/support/eventually.ts';
import { freePort } from '#src/dev/free-port.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { SAMPLES } from '#test/support/mail-samples.ts';
import { startMailServer } from '#test/support/mail-server.ts';
import { ADMIN, addMember, allMails, enqueueMail, keyMail } from '#test/support/mails.ts';
import { PRODUCTION } from '#test/support/production.ts';
import { startServerProcess } from '#test/support/server-process.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

const FROM = 'Hooks <hello@hooks.example>';
const smtp = (port: number) => ({ SMTP_URL: `smtp://127.0.0.1:${String(port)}`, MAIL_FROM: FROM });

/** A mail that is queued in an account of its own. */
async function enqueueOne(server: TestServer): Promise<void> {
  const { accountId } = await server.createAccount();
  await addMember(server, accountId);
  await enqueueMail(server, keyMail(accountId));
}

/** Waits until the only mail is as wanted. */
async function mailWhen(server: TestServer, what: string, isSo: (mail: StoredMail) => boolean) {
  let mail: StoredMail | undefined;
  await eventually(what, async () => {
    [mail] = await allMails(server);
    return mail !== undefined && isSo(mail);
  });
  return mail!;
}

const hasAttempts = (count: number) => (mail: StoredMail) => mail.attempts >= count;
const isSent = ({ sentAt }: StoredMail) => sentAt !== null;
const isGivenUp = ({ failedAt }: StoredMail) => failedAt !== null;

/** Its time has come; the queue waits seconds, for the first time. */
async function retryNow({ container }: TestServer): Promise<void> {
  await eventually('due again later', async () => {
    const { rowCount } = await container.pool.query(
      `update pgboss.job set start_after = now() where name = 'mail' and state = 'retry'`,
    );
    return rowCount === 1;
  });
}

test('a mail is sent once, as text and HTML, as what a machine writes', async () => {
  await using mailServer = await startMailServer();
  await using server = await startTestServer({ env: smtp(mailServer.port) });
  await enqueueOne(server);
  const mail = await mailWhen(server, 'sent', isSent);
  assert.deepEqual([mail.attempts, mail.lastError], [1, null]);

  const [received, ...others] = mailServer.mails;
  assert.deepEqual(others, []);
  assert.deepEqual([received?.from, received?.to], ['hello@hooks.example', [ADMIN]]);
  const expected = {
    from: FROM,
    to: ADMIN,
    subject: 'The API key of hosted-hooks-test-1 was changed',
    'message-id': `<${mail.id}@hooks.example>`,
    'auto-submitted': 'auto-generated',
    date: mail.createdAt.toUTCString().replace('GMT', '+0000'),
  };
  const { headers, raw } = received!;
  const unwrapped = raw.replaceAll('=\r\n', '');
  assert.deepEqual(
    Object.fromEntries(Object.keys(expected).map((name) => [name, headers.get(name)])),
    expected,
  );
  assert.match(
    unwrapped,
    /text\/plain[^]*The new key begins with hhk_abc[^]*text\/html[^]*<code>hhk_abc<\/code>/,
  );
  assert.equal(headers.get('list-unsubscribe'), undefined, 'such a mail always comes');

  await enqueueMail(server, {
    accountId: mail.accountId,
    to: 'admins',
    ...SAMPLES['quota at 80'],
  });
  await mailWhen(server, 'sent, too', (one) => one.template === 'quota-warning' && isSent(one));
  const { preferencesUrl } = (await allMails(server))[0]!;
  const unsubscribing = mailServer.mails[1]?.headers;
  assert.equal(unsubscribing?.get('list-unsubscribe')?.replaceAll(/\s/g, ''), `<${String(preferencesUrl)}>`);
  assert.equal(unsubscribing.get('list-unsubscribe-post'), 'List-Unsubscribe=One-Click');
  assert.equal(unsubscribing.get('auto-submitted'), 'auto-generated');
});

test('what was sent already is not sent again, and what is sent again is recognised', async () => {
  await using mailServer = await startMailServer();
  await using server = await startTestServer({ env: smtp(mailServer.port) });
  const { pool, queue } = server.container;
  await enqueueOne(server);
  const { id } = await mailWhen(server, 'sent', isSent);
  const client = await pool.connect();
  const repeat = () => queue.send('mail', { mailId: id }, { client });
  await repeat();
  await eventually('done', async () => {
    const { rowCount } = await pool.query(
      `select from pgboss.job where name = 'mail' and state = 'completed'`,
    );
    return rowCount === 2;
  });
  assert.equal(mailServer.mails.length, 1);

  // As after a crash between the server's answer and ours.
  await pool.query('update mails set sent_at = null where id = $1', [id]);
  await repeat();
  client.release();
  await eventually('sent again', () => mailServer.mails.length === 2);
  const [first, second] = mailServer.mails.map(({ headers }) => headers);
  for (const name of ['message-id', 'date']) assert.equal(first?.get(name), second?.get(name));
});

test('while the mail server is away a mail waits; it is sent when the server is back', async () => {
  const port = await freePort();
  await using server = await startTestServer({ env: smtp(port) });
  await enqueueOne(server);
  const { failedAt, lastError } = await mailWhen(server, 'tried', hasAttempts(1));
  assert.deepEqual([failedAt, lastError], [null, 'ESOCKET']);
  await using mailServer = await startMailServer({ port });
  await retryNow(server);
  assert.equal((await mailWhen(server, 'sent', isSent)).lastError, null);
  assert.equal(mailServer.mails.length, 1);
});

test('a server that says "later" is asked again, one that says "never" is not', async () => {
  for (const [answer, isFinal] of [
    ['450 ada@acme.example is full', false],
    ['550 <ada@acme.example> is unknown', true],
  ] as const) {
    await using mailServer = await startMailServer({ refusals: [answer] });
    await using server = await startTestServer({ env: smtp(mailServer.port) });
    await enqueueOne(server);
    const mail = await mailWhen(server, 'tried', hasAttempts(1));
    assert.equal(isGivenUp(mail), isFinal, answer);
    assert.match(mail.lastError ?? '', /^EENVELOPE 4?5?50.*\(address\)/);
    const { rows } = await server.container.pool.query<{ text: string }>(
      `select coalesce(output::text, '') as text from pgboss.job where name = 'mail'`,
    );
    assert.doesNotMatch(rows[0]!.text, /acme|full|unknown/);
    if (isFinal) continue;
    await retryNow(server);
    await mailWhen(server, 'sent', isSent);
  }
});

test('a mail that is three days late is given up', async () => {
  const clock = createJumpingClock();
  await using server = await startTestServer({ env: smtp(await freePort()), clock });
  await enqueueOne(server);
  await mailWhen(server, 'tried', hasAttempts(1));
  clock.jump(71);
  await retryNow(server);
  assert.equal(isGivenUp(await mailWhen(server, 'tried again', hasAttempts(2))), false);
  clock.jump(2);
  await retryNow(server);
  assert.equal(isGivenUp(await mailWhen(server, 'tried a third time', hasAttempts(3))), true);
});

test('the address of the mail server may ask for TLS and hold a password', async () => {
  const login = { user: 'postman', password: 'p@ss:word/' };
  await using mailServer = await startMailServer({ login });
  const url = (password: string) =>
    `smtps://${login.user}:${encodeURIComponent(password)}@127.0.0.1:${String(mailServer.port)}/?tls.rejectUnauthorized=false`;
  await using server = await startTestServer({ env: { SMTP_URL: url(login.password) } });
  await enqueueOne(server);
  await mailWhen(server, 'sent', isSent);
  const [received] = mailServer.mails;
  assert.deepEqual([received?.isEncrypted, received?.user], [true, login.user]);

  await using wrong = await startTestServer({ env: { SMTP_URL: url('wrong') } });
  await enqueueOne(wrong);
  const mail = await mailWhen(wrong, 'tried', hasAttempts(1));
  assert.match(mail.lastError ?? '', /^EAUTH 535/);
  assert.equal(isGivenUp(mail), false, 'a password can be put right');
});

test('production does not send in the clear unless it is told to', async () => {
  await using mailServer = await startMailServer();
  await using web = await startTestServer({ runs: 'web' });
  const { SMTP_URL } = smtp(mailServer.port);
  const worker = (url: string) =>
    startTestServer({ runs: 'worker', databaseUrl: web.databaseUrl, env: { ...PRODUCTION, SMTP_URL: url } });
  await enqueueOne(web);
  {
    await using _worker = await worker(SMTP_URL);
    const mail = await mailWhen(web, 'tried', hasAttempts(1));
    assert.match(mail.lastError ?? '', /^ETLS/);
    assert.equal(mailServer.mails.length, 0);
  }
  await using _worker = await worker(`${SMTP_URL}/?requireTLS=false`);
  await retryNow(web);
  await mailWhen(web, 'sent', isSent);
});

test('no line of the log names a recipient, a subject or what a mail says', async () => {
  await using mailServer = await startMailServer({
    refusals: ['450 ada@acme.example is full', '550 no ada@acme.example'],
  });
  await using web = await startTestServer({ runs: 'web' });
  const env = { ...smtp(mailServer.port), LOG_LEVEL: 'trace' };
  await using worker = await startServerProcess({ databaseUrl: web.databaseUrl, entry: 'worker', env });
  await enqueueOne(web);
  await mailWhen(web, 'tried', hasAttempts(1));
  await retryNow(web);
  await mailWhen(web, 'given up', isGivenUp);
  await enqueueOne(web);
  await mailWhen(web, 'sent', isSent);
  worker.program.kill('SIGTERM');
  const lines: string[] = [];
  for (let line = await worker.program.nextLine(); line !== undefined; line = await worker.program.nextLine())
    lines.push(line);
  const log = lines.join('\n');
  assert.match(log, /trying again[^]*given up/);
  assert.doesNotMatch(log, /acme|API key|hhk_abc|is full/);
});
