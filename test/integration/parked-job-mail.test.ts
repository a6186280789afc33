import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { ParkedJobMail } from '#src/domain/mail/parked-job-mail.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import { Secret } from '#src/infra/lib/secret.ts';
import { eventually } from '#test/support/eventually.ts';
import { startMailServer } from '#test/support/mail-server.ts';
import { startTestServer } from '#test/support/server.ts';

const server = await startTestServer({ runs: 'web' });
after(() => server[Symbol.asyncDispose]());
const { container } = server;

const mailBy = (port: number) => {
  const smtpUrl = new Secret(`smtp://127.0.0.1:${String(port)}?requireTLS=false`);
  const mail = { smtpUrl, from: 'us@here.example', operator: 'ops@here.example' };
  return new ParkedJobMail({ ...container, config: { ...container.config, mail }, pollMs: 10 });
};

test('the operator is mailed once about jobs that were parked, again after a mail that was refused', async () => {
  await using mailServer = await startMailServer({ refusals: ['451 later'] });
  const park = () =>
    transaction(container.pool, async (client) => {
      await container.queue.park('mail', { mailId: 'x' }, client);
      await container.queue.park('deliver', {}, client);
    });
  await park();
  const mail = mailBy(mailServer.port);
  const otherProcess = mailBy(mailServer.port);
  await using owned = new AsyncDisposableStack();
  owned.defer(() => mail.stop());
  owned.defer(() => otherProcess.stop());
  mail.start();
  otherProcess.start();
  await eventually('mailed', () => mailServer.mails.length === 1);
  const [told] = mailServer.mails;
  assert.deepEqual(told?.to, ['ops@here.example']);
  assert.match(told.raw, /2 jobs were parked/);
  assert.match(told.raw, /Of the queues: deliver, mail\.[^]*hostedhooks_parked_jobs/);

  await park();
  // A stop before the answer of the mail server leaves the mail to the other process.
  await eventually('mailed again, and known to be', async () => {
    const { rows } = await container.pool.query<{ reported: number }>(
      `select count(*)::int as reported from pgboss.job where data ? 'isReported'`,
    );
    return rows[0]?.reported === 4;
  });
  await Promise.all([mail.stop(), otherProcess.stop()]);
  assert.equal(mailServer.mails.length, 2);
  assert.equal(mailServer.recipients.length, 3);
  assert.deepEqual(await container.queue.parkedJobs(), { mail: 2, deliver: 2 });
});

test('a mail server that is silent does not hold up the stop, and another process sends the mail', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined));
  const connected = once(silent, 'connection');
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  await using mailServer = await startMailServer();
  await transaction(container.pool, (client) => container.queue.park('mail', { mailId: 'x' }, client));
  const stuck = mailBy((silent.address() as AddressInfo).port);
  await using owned = new AsyncDisposableStack();
  owned.defer(() => stuck.stop());
  stuck.start();
  const [socket] = (await connected) as [Socket];
  await stuck.stop();
  socket.destroy();
  silent.close();

  const next = mailBy(mailServer.port);
  owned.defer(() => next.stop());
  next.start();
  await eventually('mailed', () => mailServer.mails.length === 1);
});
